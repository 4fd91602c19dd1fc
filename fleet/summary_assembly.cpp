#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "fleet/summary_builder.hpp"
#include "updates/client_family.hpp"

namespace fleet {
namespace {

using updates::Verdict;

/// The better verdict is the one that a site has: some headmon of it saw the block in time.
int rank(Verdict verdict) {
    switch (verdict) {
        case Verdict::kOnTime:
            return 0;
        case Verdict::kLate:
            return 1;
        case Verdict::kOptimistic:
            return 2;
        case Verdict::kMissed:
            return 3;
        case Verdict::kUnknown:
            break;
    }
    return 4;
}

bool is_bad(Verdict verdict) {
    return verdict == Verdict::kLate || verdict == Verdict::kMissed;
}

std::string client_of(const std::string& version) {
    if (version.empty()) {
        return "";
    }
    const auto family = updates::find_client_family(version);
    return family ? std::string{to_string(*family)} : "other";
}

void count_health(HealthTally& tally, const NodeSummary& node) {
    if (!node.health) {
        ++tally.unknown;
        return;
    }
    switch (*node.health) {
        case updates::NodeHealth::kGood:
            ++tally.good;
            break;
        case updates::NodeHealth::kDegraded:
            ++tally.degraded;
            break;
        case updates::NodeHealth::kUnusable:
            ++tally.unusable;
            break;
    }
}

}  // namespace

void SummaryBuilder::settle_slot(chain::Slot slot, const SlotReports& reports) {
    std::map<std::string, VerdictReport> sites;
    for (const SlotReports::One& one : reports.reports) {
        const Instance& instance = instances_[one.instance];
        if (!options_.filter.admits(instance.summary.name, instance.summary.labels)) {
            continue;
        }
        const auto [place, is_new] = sites.try_emplace(site_of(instance), one.report);
        VerdictReport& best = place->second;
        const bool is_earlier =
            rank(one.report.verdict) == rank(best.verdict) && one.report.delay < best.delay;
        if (!is_new && (rank(one.report.verdict) < rank(best.verdict) || is_earlier)) {
            best = one.report;
        }
    }
    BadSlot bad;
    bad.slot = slot;
    std::uint64_t judged = 0;
    bool has_block = false;
    for (const auto& [name, report] : sites) {
        has_block = has_block || report.block;
        judged += report.verdict == Verdict::kUnknown ? 0 : 1;
        if (report.verdict == Verdict::kOnTime) {
            ++bad.on_time;
            bad.earliest =
                bad.earliest && report.delay ? std::min(bad.earliest, report.delay) : report.delay;
        }
    }
    for (const auto& [name, report] : sites) {
        SlotTally& tally = site_slots_[name];
        tally.add(report.verdict);
        if (report.verdict != Verdict::kUnknown && judged > 1) {
            ++tally.compared;
            tally.worse_than_others += is_bad(report.verdict) && bad.on_time > 0 ? 1 : 0;
        }
        // A slot that was missed everywhere had no block.
        if (is_bad(report.verdict) && has_block) {
            bad.sites.push_back({name, report.verdict, report.delay});
        }
    }
    if (!bad.sites.empty()) {
        if (bad_slots_.size() == kBadSlotsMax) {
            bad_slots_.pop_front();
            ++made_.bad_slots_left_out;
        }
        bad_slots_.push_back(std::move(bad));
    }
}

Summary SummaryBuilder::finish(std::uint64_t repeats) {
    settle(base::WallTime::max());
    for (Instance& instance : instances_) {
        for (auto& [name, node] : instance.nodes) {
            unfollow_at_end(instance, node);
        }
    }
    made_.repeats = repeats;
    return assemble();
}

void SummaryBuilder::unfollow_at_end(Instance& instance, Node& node) {
    const bool was_followed = node.is_followed;
    unfollow(instance, node);
    node.is_followed = was_followed;
}

Summary SummaryBuilder::assemble() {
    made_.from = options_.from;
    made_.to = options_.to;
    made_.site_label = options_.site_label;
    std::map<std::string, SiteSummary> sites;
    std::map<std::string, ClientSummary> clients;
    std::sort(bad_slots_.begin(), bad_slots_.end(),
              [](const BadSlot& a, const BadSlot& b) { return a.slot < b.slot; });
    made_.bad_slots.assign(bad_slots_.begin(), bad_slots_.end());
    for (Instance& instance : instances_) {
        if (!options_.filter.admits(instance.summary.name, instance.summary.labels)) {
            continue;
        }
        instance.summary.site = site_of(instance);
        instance.summary.clock = instance.clock.reading();
        SiteSummary& site = sites[instance.summary.site];
        ++site.instances;
        for (auto& [name, node] : instance.nodes) {
            node.summary.client = client_of(node.summary.version);
            ClientSummary& client = clients[node.summary.client];
            ++client.nodes;
            client.tally.add(node.summary.tally);
            site.tally.add(node.summary.tally);
            instance.summary.tally.add(node.summary.tally);
            if (node.is_followed) {
                ++site.nodes;
                count_health(instance.summary.health, node.summary);
            } else {
                node.summary.health.reset();
            }
            made_.nodes.push_back(node.summary);
        }
        made_.instances.push_back(instance.summary);
    }
    for (auto& [name, site] : sites) {
        site.name = name;
        site.slots = site_slots_[name];
        made_.sites.push_back(std::move(site));
    }
    for (auto& [name, client] : clients) {
        client.name = name;
        made_.clients.push_back(std::move(client));
    }
    std::sort(made_.instances.begin(), made_.instances.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    std::sort(made_.nodes.begin(), made_.nodes.end(), [](const auto& a, const auto& b) {
        return std::tie(a.instance, a.node) < std::tie(b.instance, b.node);
    });
    return std::move(made_);
}

}  // namespace fleet
