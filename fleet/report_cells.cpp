#include "fleet/report_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/printable.hpp"
#include "base/time_text.hpp"
#include "fleet/table.hpp"
#include "updates/client_family.hpp"

namespace fleet {
namespace {

/// Of the slots that some site saw late, the newest are listed.
constexpr std::size_t kSlotsListed = 100;

std::string cell_name(const std::string& text) {
    return text.empty() ? "-" : base::printable(text, 64);
}

std::string cell_milliseconds(const std::optional<base::Duration>& value) {
    return value ? fmt::format("{:.0f}", base::seconds(*value) * 1000) : "-";
}

std::string cell_share(double part, double whole) {
    return whole > 0 ? fmt::format("{:.1f}", 100 * part / whole) : "-";
}

std::string cell_share(std::uint64_t part, std::uint64_t whole) {
    return cell_share(static_cast<double>(part), static_cast<double>(whole));
}

const std::vector<std::string> kTallyHead{
    "heads",        "delay p50 ms", "p95",     "p99",     "lag p50 ms", "p95",   "p99",
    "anywhere p50", "p95",          "first %", "fleet %", "on time %",  "open %"};

/// The cells of a tally. `of`: the heads of all nodes whose first places are shared.
void add_tally(std::vector<std::string>& row, const Tally& tally) {
    row.push_back(std::to_string(tally.heads));
    for (const std::uint64_t percent : {50U, 95U, 99U}) {
        row.push_back(cell_milliseconds(tally.delay.percentile(percent)));
    }
    for (const std::uint64_t percent : {50U, 95U, 99U}) {
        row.push_back(cell_milliseconds(tally.lag.percentile(percent)));
    }
    const std::string mark = tally.doubtful * 2 > tally.heads ? "~" : "";
    for (const std::uint64_t percent : {50U, 95U}) {
        row.push_back(mark + cell_milliseconds(tally.lag_anywhere.percentile(percent)));
    }
    row.push_back(cell_share(tally.first, tally.heads));
    row.push_back(cell_share(tally.first_anywhere, tally.heads));
    row.push_back(cell_share(tally.on_time, tally.on_time + tally.late));
    row.push_back(cell_share(base::seconds(tally.open), base::seconds(tally.followed)));
}

std::vector<std::string> head_of(std::vector<std::string> names) {
    names.insert(names.end(), kTallyHead.begin(), kTallyHead.end());
    return names;
}

ReportTable site_table(const Summary& summary) {
    ReportTable table{
        "Sites", head_of({"site", "instances", "nodes", "slots on time %", "worse %"}), {}, 1};
    for (const SiteSummary& site : summary.sites) {
        std::vector<std::string> row{
            cell_name(site.name), std::to_string(site.instances), std::to_string(site.nodes),
            cell_share(site.slots.on_time, site.slots.on_time + site.slots.late),
            cell_share(site.slots.worse_than_others, site.slots.compared)};
        add_tally(row, site.tally);
        table.rows.push_back(std::move(row));
    }
    return table;
}

ReportTable instance_table(const Summary& summary) {
    ReportTable table{
        "Instances",
        {"instance", "site", "version", "watched %", "slots on time", "late", "missed", "unknown",
         "good", "degraded", "unusable", "not known", "clock", "gaps", "missing"},
        {},
        3};
    const double window = base::seconds(summary.to - summary.from);
    for (const InstanceSummary& instance : summary.instances) {
        table.rows.push_back(
            {cell_name(instance.name) + (instance.is_twice ? " (two headmons!)" : ""),
             cell_name(instance.site), cell_name(instance.version),
             cell_share(base::seconds(instance.watched), window),
             std::to_string(instance.slots.on_time), std::to_string(instance.slots.late),
             std::to_string(instance.slots.missed), std::to_string(instance.slots.unknown),
             std::to_string(instance.health.good), std::to_string(instance.health.degraded),
             std::to_string(instance.health.unusable), std::to_string(instance.health.unknown),
             clock_text(instance.clock), std::to_string(instance.gaps),
             std::to_string(instance.lost)});
    }
    return table;
}

ReportTable node_table(const Summary& summary) {
    ReportTable table{"Nodes", head_of({"instance", "node", "client", "health"}), {}, 4};
    for (const NodeSummary& node : summary.nodes) {
        const std::string_view version = updates::short_version(node.version);
        std::vector<std::string> row{
            cell_name(node.instance), cell_name(node.node), cell_name(std::string{version}),
            std::string{node.health ? to_string(*node.health) : std::string_view{"-"}}};
        add_tally(row, node.tally);
        table.rows.push_back(std::move(row));
    }
    return table;
}

ReportTable client_table(const Summary& summary) {
    ReportTable table{"Clients", head_of({"client", "nodes"}), {}, 1};
    for (const ClientSummary& client : summary.clients) {
        std::vector<std::string> row{client.name.empty() ? "not known" : cell_name(client.name),
                                     std::to_string(client.nodes)};
        add_tally(row, client.tally);
        table.rows.push_back(std::move(row));
    }
    return table;
}

ReportTable slot_table(const Summary& summary) {
    ReportTable table{"Slots that some site saw late or not at all",
                      {"slot", "sites", "on time elsewhere", "earliest ms"},
                      {},
                      2};
    const std::size_t count = summary.bad_slots.size();
    for (std::size_t i = count - std::min(count, kSlotsListed); i < count; ++i) {
        const BadSlot& bad = summary.bad_slots[i];
        std::string sites;
        constexpr std::size_t kListed = 6;
        for (std::size_t j = 0; j < std::min(bad.sites.size(), kListed); ++j) {
            const BadSlot::Site& site = bad.sites[j];
            sites += fmt::format("{}{} {}{}", sites.empty() ? "" : ", ", cell_name(site.site),
                                 to_string(site.verdict),
                                 site.delay ? " " + cell_milliseconds(site.delay) + " ms" : "");
        }
        if (bad.sites.size() > kListed) {
            sites += fmt::format(" and {} more", bad.sites.size() - kListed);
        }
        table.rows.push_back({std::to_string(bad.slot.value), std::move(sites),
                              std::to_string(bad.on_time), cell_milliseconds(bad.earliest)});
    }
    return table;
}

}  // namespace

std::vector<ReportTable> report_tables(const Summary& summary) {
    return {site_table(summary), instance_table(summary), node_table(summary),
            client_table(summary), slot_table(summary)};
}

std::vector<std::string> report_notes(const Summary& summary) {
    std::vector<std::string> notes{
        fmt::format("From {} to {}: {} instances, {} nodes, {} messages.",
                    base::to_rfc3339(summary.from), base::to_rfc3339(summary.to),
                    summary.instances.size(), summary.nodes.size(), summary.messages)};
    std::uint64_t heads = 0;
    std::uint64_t doubtful = 0;
    for (const SiteSummary& site : summary.sites) {
        heads += site.tally.heads;
        doubtful += site.tally.doubtful;
    }
    if (doubtful > 0) {
        notes.push_back(fmt::format(
            "{} of {} lags behind the first report anywhere are shorter than the clocks of the "
            "sites may be apart, or of clocks that are not known; ~ where it is most of them.",
            doubtful, heads));
    }
    const auto add = [&](std::uint64_t count, std::string_view text) {
        if (count > 0) {
            notes.push_back(fmt::format("{} {}.", count, text));
        }
    };
    add(summary.unproven, "reports of heads that nobody has proven are not counted");
    add(summary.belated,
        "reports were sent ten minutes after the first of their block, or later: they were "
        "compared, and are nobody's first");
    add(summary.repeats, "messages came twice and were counted once");
    add(summary.refused, "messages of instances and nodes beyond the limits were not used");
    const std::size_t left_out =
        summary.bad_slots.size() - std::min(summary.bad_slots.size(), kSlotsListed);
    add(summary.bad_slots_left_out + left_out,
        "more slots were late somewhere, before those that are listed; --format json has more");
    return notes;
}

}  // namespace fleet
