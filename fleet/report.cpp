#include "fleet/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/printable.hpp"
#include "base/text.hpp"
#include "base/time_text.hpp"
#include "fleet/report_cells.hpp"
#include "updates/json_writer.hpp"

namespace fleet {
namespace {

std::string table_text(const ReportTable& table) {
    std::vector<std::size_t> widths;
    for (const std::string& cell : table.head) {
        widths.push_back(base::display_width(cell));
    }
    for (const auto& row : table.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], base::display_width(row[i]));
        }
    }
    const auto line = [&](const std::vector<std::string>& row) {
        std::string text;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string pad(widths[i] - base::display_width(row[i]), ' ');
            text += i == 0 ? "" : "  ";
            text += i < table.names ? row[i] + pad : pad + row[i];
        }
        text.erase(text.find_last_not_of(' ') + 1);
        return text + '\n';
    };
    std::string text = table.title + ":\n";
    if (table.rows.empty()) {
        return text + "  none\n";
    }
    text += line(table.head);
    for (const auto& row : table.rows) {
        text += line(row);
    }
    return text;
}

void write_percentiles(updates::JsonWriter& out, std::string_view name, const Histogram& values) {
    out.begin_object(name);
    out.seconds("p50", values.percentile(50));
    out.seconds("p95", values.percentile(95));
    out.seconds("p99", values.percentile(99));
    out.end_object();
}

void write_tally(updates::JsonWriter& out, const Tally& tally) {
    out.count("heads", tally.heads);
    write_percentiles(out, "delay_seconds", tally.delay);
    write_percentiles(out, "lag_seconds", tally.lag);
    write_percentiles(out, "lag_anywhere_seconds", tally.lag_anywhere);
    out.count("lags_in_doubt", tally.doubtful);
    out.count("first", tally.first);
    out.count("first_anywhere", tally.first_anywhere);
    out.count("on_time", tally.on_time);
    out.count("late", tally.late);
    out.count("slots_followed", tally.slots_followed);
    out.count("slots_not_reported", tally.slots_unreported);
    out.seconds("followed_seconds", tally.followed);
    out.seconds("stream_open_seconds", tally.open);
}

void write_slots(updates::JsonWriter& out, const SlotTally& slots) {
    out.begin_object("slots");
    out.count("on_time", slots.on_time);
    out.count("late", slots.late);
    out.count("missed", slots.missed);
    out.count("optimistic", slots.optimistic);
    out.count("unknown", slots.unknown);
    out.end_object();
}

std::string json_name(const std::string& text) {
    return base::printable(text, 256);
}

void write_instance(updates::JsonWriter& out, const InstanceSummary& instance) {
    out.begin_object();
    out.text("instance", json_name(instance.name));
    out.text("site", json_name(instance.site));
    out.text("version", json_name(instance.version));
    out.begin_object("labels");
    for (const auto& [key, value] : instance.labels) {
        out.text(json_name(key), json_name(value));
    }
    out.end_object();
    write_slots(out, instance.slots);
    out.begin_object("health");
    out.count("good", instance.health.good);
    out.count("degraded", instance.health.degraded);
    out.count("unusable", instance.health.unusable);
    out.count("unknown", instance.health.unknown);
    out.end_object();
    out.seconds("watched_seconds", instance.watched);
    out.begin_object("clock");
    out.text("basis", to_string(instance.clock.basis));
    const bool is_known = instance.clock.basis != ClockBasis::kUnknown;
    out.seconds("offset_seconds", is_known ? std::optional{instance.clock.offset} : std::nullopt);
    out.seconds("uncertainty_seconds", instance.clock.uncertainty);
    out.end_object();
    out.count("gaps", instance.gaps);
    out.count("dropped_updates", instance.dropped);
    out.count("missing_messages", instance.lost);
    out.count("malformed_messages", instance.malformed);
    out.flag("is_run_twice", instance.is_twice);
    write_tally(out, instance.tally);
    out.end_object();
}

void write_bad_slot(updates::JsonWriter& out, const BadSlot& bad) {
    out.begin_object();
    out.decimal("slot", bad.slot.value);
    out.count("sites_on_time", bad.on_time);
    out.seconds("earliest_seconds", bad.earliest);
    out.begin_array("sites");
    for (const BadSlot::Site& site : bad.sites) {
        out.begin_object();
        out.text("site", json_name(site.site));
        out.text("verdict", to_string(site.verdict));
        out.seconds("delay_seconds", site.delay);
        out.end_object();
    }
    out.end_array();
    out.end_object();
}

void write_lists(updates::JsonWriter& out, const Summary& summary) {
    out.begin_array("sites");
    for (const SiteSummary& site : summary.sites) {
        out.begin_object();
        out.text("site", json_name(site.name));
        out.count("instances", site.instances);
        out.count("nodes", site.nodes);
        write_slots(out, site.slots);
        out.count("slots_compared", site.slots.compared);
        out.count("slots_worse_than_others", site.slots.worse_than_others);
        write_tally(out, site.tally);
        out.end_object();
    }
    out.end_array();
    out.begin_array("instances");
    for (const InstanceSummary& instance : summary.instances) {
        write_instance(out, instance);
    }
    out.end_array();
    out.begin_array("nodes");
    for (const NodeSummary& node : summary.nodes) {
        out.begin_object();
        out.text("instance", json_name(node.instance));
        out.text("node", json_name(node.node));
        out.text("client", node.client.empty() ? std::nullopt : std::optional{node.client});
        out.text("version",
                 node.version.empty() ? std::nullopt : std::optional{json_name(node.version)});
        out.text("health", node.health ? std::optional{to_string(*node.health)} : std::nullopt);
        write_tally(out, node.tally);
        out.end_object();
    }
    out.end_array();
    out.begin_array("clients");
    for (const ClientSummary& client : summary.clients) {
        out.begin_object();
        out.text("client", client.name.empty() ? std::nullopt : std::optional{client.name});
        out.count("nodes", client.nodes);
        write_tally(out, client.tally);
        out.end_object();
    }
    out.end_array();
    out.begin_array("slots_not_in_time");
    for (const BadSlot& bad : summary.bad_slots) {
        write_bad_slot(out, bad);
    }
    out.end_array();
}

std::string html_table(const ReportTable& table) {
    std::string text =
        fmt::format("<h2>{}</h2>\n<div class=\"scroll\"><table class=\"{}\">\n<thead><tr>",
                    table.title, table.names > 1 ? "list" : "nodes");
    for (const std::string& cell : table.head) {
        text += "<th>" + base::escape_html(cell) + "</th>";
    }
    text += "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
        text += "<tr>";
        for (const std::string& cell : row) {
            const std::string_view health = cell == "unusable"   ? " class=\"throw_out\""
                                            : cell == "degraded" ? " class=\"watch\""
                                            : cell == "good"     ? " class=\"keep\""
                                                                 : "";
            text += fmt::format("<td{}>{}</td>", health, base::escape_html(cell));
        }
        text += "</tr>\n";
    }
    text += "</tbody></table></div>\n";
    return table.rows.empty() ? text + "<p class=\"faint\">None.</p>\n" : text;
}

}  // namespace

std::string report_text(const Summary& summary) {
    std::string text;
    for (const std::string& note : report_notes(summary)) {
        text += note + '\n';
    }
    for (const ReportTable& table : report_tables(summary)) {
        text += '\n' + table_text(table);
    }
    return text;
}

std::string report_json(const Summary& summary) {
    std::string text;
    {
        updates::JsonWriter out{text};
        out.begin_object();
        out.text("from", base::to_rfc3339(summary.from));
        out.text("to", base::to_rfc3339(summary.to));
        out.text("site_label", json_name(summary.site_label));
        out.count("messages", summary.messages);
        out.count("repeated_messages", summary.repeats);
        out.count("refused_messages", summary.refused);
        out.count("heads_not_proven", summary.unproven);
        out.count("heads_belated", summary.belated);
        out.count("slots_left_out", summary.bad_slots_left_out);
        write_lists(out, summary);
        out.end_object();
    }
    return text + '\n';
}

std::string report_html(const Summary& summary, std::string_view style) {
    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n<title>headmon fleet report</title>\n<style>\n";
    page.append(style);
    page += "</style>\n</head>\n<body>\n<h1>headmon fleet report</h1>\n";
    for (const std::string& note : report_notes(summary)) {
        page += "<p>" + base::escape_html(note) + "</p>\n";
    }
    for (const ReportTable& table : report_tables(summary)) {
        page += html_table(table);
    }
    return page + "</body>\n</html>\n";
}

}  // namespace fleet
