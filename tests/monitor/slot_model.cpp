#include "tests/monitor/slot_model.hpp"

#include <algorithm>

namespace tests {

namespace {

using namespace std::chrono_literals;
using updates::HeadTimeliness;
using updates::Verdict;

constexpr base::Duration kSlot = 12s;
constexpr base::Duration kGrace = 2s;
constexpr base::Duration kDeadline = 3999600us;
/// Reports further back than that say nothing about a new one.
constexpr std::size_t kLookBack = 400;

std::uint64_t slot_at(base::MonoTime when) {
    return static_cast<std::uint64_t>((when - at(0).mono) / kSlot);
}

}  // namespace

const SlotModel::Report& SlotModel::add(Report report) {
    const std::size_t from = reports_.size() > kLookBack ? reports_.size() - kLookBack : 0;
    const Report* last_of_node = nullptr;
    bool told_root = false;
    for (std::size_t i = from; i < reports_.size(); ++i) {
        const Report& other = reports_[i];
        if (other.node != report.node || other.is_polled) {
            continue;
        }
        last_of_node = &other;
        if (other.head.block == report.head.block) {
            told_root = true;
            report.timing.is_repeat |= other.head.payload_status == report.head.payload_status;
        }
    }
    const std::uint64_t slot = report.head.slot.value;
    const bool is_old = slot_at(report.at.mono) > slot + 1;
    const bool is_in_burst = last_of_node && last_of_node->is_stale &&
                             slot > last_of_node->head.slot.value &&
                             report.at.mono - last_of_node->at.mono < kSlot / 4;
    const bool is_on_time = report.at.mono - at(slot).mono <= kDeadline;
    if (is_in_burst && is_old) {
        report.timing.timeliness = HeadTimeliness::kBackfill;
    } else if (is_old || (is_in_burst && !is_on_time)) {
        report.timing.timeliness = HeadTimeliness::kStale;
    }
    report.is_stale = report.timing.timeliness != HeadTimeliness::kLive;
    if (report.is_polled) {
        report.timing = {};
        report.timing.timeliness = HeadTimeliness::kPolled;
    }
    if (report.node_syncs) {
        report.timing.timeliness = HeadTimeliness::kBackfill;
    }
    if (report.timing.timeliness == HeadTimeliness::kLive && !report.timing.is_repeat) {
        report.timing.delay = report.at.mono - at(slot).mono;
        if (!told_root) {
            report.timing.deadline = chain::AttestationDeadline{kDeadline, true};
        }
    }
    if (!report.timing.delay) {
        block_known(slot);
    }
    if (report.timing.timeliness != HeadTimeliness::kBackfill &&
        !report.head.execution_optimistic) {
        hold(report.node, report.head.block, report.at);
    }
    return reports_.emplace_back(report);
}

base::MonoTime SlotModel::first_report(const chain::Head& head) const {
    base::MonoTime first = base::MonoTime::max();
    const std::size_t from = reports_.size() > kLookBack ? reports_.size() - kLookBack : 0;
    for (std::size_t i = from; i < reports_.size(); ++i) {
        const Report& report = reports_[i];
        if (!report.is_polled && report.head.block == head.block &&
            report.head.payload_status == head.payload_status) {
            first = std::min(first, report.at.mono);
        }
    }
    return first;
}

void SlotModel::observation_ended(std::size_t node, base::Instant at) {
    for (Watch& watch : watches_) {
        if (watch.node == node && !watch.until) {
            watch.until = at.mono;
        }
    }
}

void SlotModel::rest_answer(std::size_t node, std::uint64_t slot, base::Instant at) {
    rests_.push_back({node, slot, at.mono});
    block_known(slot);
}

bool SlotModel::covers(std::size_t node, std::uint64_t slot) const {
    return std::any_of(watches_.begin(), watches_.end(), [&](const Watch& watch) {
        return watch.node == node && watch.since <= at(slot).mono &&
               (!watch.until || *watch.until >= at(slot + 1).mono);
    });
}

bool SlotModel::vouches(std::size_t node, std::uint64_t slot) const {
    if (!covers(node, slot)) {
        return false;
    }
    for (auto report = reports_.rbegin();
         report != reports_.rend() && report->at.mono >= at(slot).mono; ++report) {
        if (report->node == node && report->timing.delay && report->head.slot.value > slot) {
            return true;
        }
    }
    const auto last = std::find_if(rests_.rbegin(), rests_.rend(),
                                   [&](const Rest& rest) { return rest.node == node; });
    return last != rests_.rend() && last->slot < slot && last->at >= at(slot + 1).mono;
}

updates::SlotVerdict SlotModel::verdict(std::uint64_t slot) const {
    updates::SlotVerdict out;
    out.slot = chain::Slot{slot};
    out.deadline = {kDeadline, true};
    const Report* verified = nullptr;
    const Report* optimistic = nullptr;
    for (auto report = reports_.rbegin();
         report != reports_.rend() && report->at.mono >= at(slot).mono; ++report) {
        if (report->timing.delay && report->head.slot.value == slot) {
            const Report*& first = report->head.execution_optimistic ? optimistic : verified;
            first = !first || report->at.mono <= first->at.mono ? &*report : first;
        }
    }
    bool watched = false;
    bool vouched = false;
    for (std::size_t node = 0; node < RandomNetwork::kNodes; ++node) {
        watched = watched || covers(node, slot);
        vouched = vouched || vouches(node, slot);
    }
    if (const Report* const report = verified ? verified : optimistic) {
        out.first_reported_by = updates::NodeId{"node" + std::to_string(report->node)};
        out.root = report->head.block;
        out.delay = report->timing.delay;
    }
    if (verified && *verified->timing.delay <= kDeadline) {
        out.verdict = Verdict::kOnTime;
    } else if (verified) {
        out.verdict = watched ? Verdict::kLate : Verdict::kUnknown;
    } else if (optimistic) {
        out.verdict = watched ? Verdict::kOptimistic : Verdict::kUnknown;
    } else if (vouched && !known_.contains(slot)) {
        out.verdict = Verdict::kMissed;
    }
    return out;
}

bool SlotModel::conflict(const chain::Root& a, const chain::Root& b) const {
    return !world_.leads_to(a, b) && !world_.leads_to(b, a);
}

std::uint64_t SlotModel::dropped(const chain::Root& from, const chain::Root& to) const {
    std::uint64_t count = 0;
    chain::Root root = from;
    while (!world_.leads_to(root, to)) {
        ++count;
        root = world_.blocks().at(root).parent_root;
    }
    return count;
}

void SlotModel::hold(std::size_t node, std::optional<chain::Root> root, base::Instant at) {
    if (root) {
        held_[node] = *root;
    } else {
        held_.erase(node);
    }
    std::map<Pair, base::MonoTime> pairs;
    for (const auto& [one, first] : held_) {
        for (const auto& [other, second] : held_) {
            if (first < second) {
                const auto known = pairs_.find({first, second});
                pairs[{first, second}] = known == pairs_.end() ? at.mono : known->second;
            }
        }
    }
    for (const auto& [pair, since] : pairs_) {
        if (!pairs.contains(pair) && at.mono - since > kGrace &&
            conflict(pair.first, pair.second)) {
            spans_.push_back({since, at.mono});
        }
    }
    pairs_ = pairs;
}

std::set<std::size_t> SlotModel::behind(base::Instant now) const {
    std::set<std::size_t> out;
    for (const auto& [node, root] : held_) {
        for (const auto& [pair, since] : pairs_) {
            const chain::Root& other = pair.first == root ? pair.second : pair.first;
            if ((pair.first == root || pair.second == root) && now.mono - since > kGrace &&
                world_.leads_to(root, other)) {
                out.insert(node);
            }
        }
    }
    return out;
}

bool SlotModel::may_be_behind(std::size_t node) const {
    const auto head = held_.find(node);
    return head == held_.end() || std::any_of(held_.begin(), held_.end(), [&](const auto& other) {
               return other.second != head->second && world_.leads_to(head->second, other.second);
           });
}

std::optional<bool> SlotModel::is_split(base::Instant now) const {
    std::optional<bool> out = false;
    for (const auto& [pair, since] : pairs_) {
        if (conflict(pair.first, pair.second)) {
            if (now.mono - since > kGrace) {
                return true;
            }
            out.reset();
        }
    }
    return out;
}

std::multiset<chain::Root> SlotModel::falls() const {
    struct Event {
        base::MonoTime at;
        chain::Root root;
        bool rises = false;
    };
    std::vector<Event> events;
    std::optional<chain::Root> tip;
    for (const auto& [root, at] : bests_) {
        if (tip && conflict(*tip, root)) {
            events.push_back({at, *tip, false});
        }
        if (!tip || !world_.leads_to(root, *tip)) {
            tip = root;
        }
        events.push_back({at, root, true});
    }
    for (const auto& [claim, at] : claims_) {
        if (dropped(claim.old_head_block, claim.new_head_block) > 0) {
            events.push_back({at, claim.old_head_block, false});
        }
    }
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.at < b.at; });
    std::set<chain::Root> fallen;
    std::multiset<chain::Root> out;
    for (const Event& event : events) {
        if (event.rises) {
            fallen.erase(event.root);
        } else if (fallen.insert(event.root).second) {
            out.insert(event.root);
        }
    }
    return out;
}

}  // namespace tests
