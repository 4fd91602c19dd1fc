#include "fleet/summary_builder.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "updates/client_family.hpp"

namespace fleet {

void Tally::add(const Tally& other) {
    heads += other.heads;
    delay.add(other.delay);
    lag.add(other.lag);
    lag_anywhere.add(other.lag_anywhere);
    doubtful += other.doubtful;
    first += other.first;
    first_anywhere += other.first_anywhere;
    on_time += other.on_time;
    late += other.late;
    slots_followed += other.slots_followed;
    slots_unreported += other.slots_unreported;
    followed += other.followed;
    open += other.open;
}

void SlotTally::add(updates::Verdict verdict) {
    switch (verdict) {
        case updates::Verdict::kOnTime:
            ++on_time;
            break;
        case updates::Verdict::kLate:
            ++late;
            break;
        case updates::Verdict::kMissed:
            ++missed;
            break;
        case updates::Verdict::kOptimistic:
            ++optimistic;
            break;
        case updates::Verdict::kUnknown:
            ++unknown;
            break;
    }
}

SummaryBuilder::SummaryBuilder(Options options) : options_{std::move(options)} {}

std::optional<std::size_t> SummaryBuilder::find_or_add(const std::string& name) {
    if (const auto known = by_name_.find(name); known != by_name_.end()) {
        return known->second;
    }
    if (instances_.size() == kInstancesMax) {
        ++made_.refused;
        return std::nullopt;
    }
    by_name_.emplace(name, instances_.size());
    instances_.emplace_back().summary.name = name;
    return instances_.size() - 1;
}

SummaryBuilder::Node* SummaryBuilder::node_of(Instance& instance, const std::string& name,
                                              base::WallTime at) {
    const auto known = instance.nodes.find(name);
    if (known == instance.nodes.end() && instance.nodes.size() == kNodesMax) {
        ++made_.refused;
        return nullptr;
    }
    Node& node = known == instance.nodes.end() ? instance.nodes[name] : known->second;
    if (!node.has_begun) {
        node.has_begun = true;
        node.summary.instance = instance.summary.name;
        node.summary.node = name;
        node.followed_from = instance.summary.watched;
        node.known_from = at;
        node.reported.fill(~std::uint64_t{0});
    } else if (!node.is_followed) {
        node.is_followed = true;
        node.followed_from = instance.summary.watched;
        node.known_from = at;
    }
    return &node;
}

void SummaryBuilder::set_open(Instance& instance, Node& node, bool is_open) {
    if (node.is_open == is_open) {
        return;
    }
    node.is_open = is_open;
    if (is_open) {
        node.open_from = instance.summary.watched;
    } else {
        node.summary.tally.open += instance.summary.watched - node.open_from;
    }
}

void SummaryBuilder::unfollow(Instance& instance, Node& node) {
    if (!node.is_followed) {
        return;
    }
    set_open(instance, node, false);
    node.is_followed = false;
    node.summary.tally.followed += instance.summary.watched - node.followed_from;
}

void SummaryBuilder::follow(Instance& instance, const std::vector<std::string>& nodes,
                            base::WallTime at) {
    for (auto& [name, node] : instance.nodes) {
        if (std::find(nodes.begin(), nodes.end(), name) == nodes.end()) {
            unfollow(instance, node);
        }
    }
    for (const std::string& name : nodes) {
        (void)node_of(instance, name, at);
    }
}

void SummaryBuilder::pass_time(Instance& instance, const Report& report) {
    const bool is_gap = std::holds_alternative<Gap>(report.fact);
    if (instance.last_at && report.at > *instance.last_at) {
        const auto from = std::max(*instance.last_at, options_.from);
        const auto to = std::min(report.at, options_.to);
        const base::Duration passed = report.at - *instance.last_at;
        if (to > from && passed <= kQuiet && !is_gap) {
            instance.summary.watched += to - from;
        }
    }
    instance.last_at = std::max(instance.last_at, std::optional{report.at});
}

void SummaryBuilder::apply(const Received& message, const Report& report) {
    if (!options_.filter.admits_name(message.subject.instance)) {
        return;
    }
    // A proof may come behind the end, for a head before it.
    if (report.at >= options_.to && !std::holds_alternative<ProvenReport>(report.fact)) {
        return;
    }
    const auto index = find_or_add(message.subject.instance);
    if (!index) {
        return;
    }
    made_.messages += is_counted(report.at) ? 1 : 0;
    Instance& instance = instances_[*index];
    instance.summary.last_stored = std::max(instance.summary.last_stored, message.stored_at);
    newest_stored_ = std::max(newest_stored_, message.stored_at);
    instance.clock.compare(report.at, message.stored_at);
    const auto* const status = std::get_if<InstanceStatus>(&report.fact);
    if (message.id || status != nullptr) {
        instance.origins.meet(message.id ? message.id->origin : status->origin, message.stored_at);
        instance.summary.is_twice =
            instance.summary.is_twice || instance.origins.are_two(message.stored_at);
    }
    pass_time(instance, report);
    apply_fact(*index, message, report);
    settle(message.stored_at - kSettled);
}

void SummaryBuilder::apply_fact(std::size_t index, const Received& message, const Report& report) {
    Instance& instance = instances_[index];
    if (const auto* status = std::get_if<InstanceStatus>(&report.fact)) {
        instance.summary.version = status->version;
        instance.summary.labels = status->labels;
        // A headmon that begins sends its status before it follows any.
        if (!status->nodes.empty()) {
            follow(instance, status->nodes, report.at);
        }
    } else if (const auto* gap = std::get_if<Gap>(&report.fact)) {
        if (is_counted(report.at)) {
            ++instance.summary.gaps;
            instance.summary.dropped += gap->dropped;
        }
    } else if (const auto* skew = std::get_if<updates::ClockSkew>(&report.fact)) {
        instance.clock.report(*skew);
    } else if (const auto* run = std::get_if<RunReport>(&report.fact)) {
        if (run->begins) {
            follow(instance, run->nodes, report.at);
        } else {
            for (auto& [name, node] : instance.nodes) {
                set_open(instance, node, false);
            }
        }
    } else if (std::holds_alternative<HeadReport>(report.fact)) {
        apply_head(index, message, report);
    } else if (const auto* proven = std::get_if<ProvenReport>(&report.fact)) {
        auto [race, is_new] = races_.try_emplace(proven->block);
        race->is_proven = true;
        if (is_new) {
            open_races_.push_back({proven->block, message.stored_at});
        }
    } else if (std::holds_alternative<VerdictReport>(report.fact)) {
        apply_verdict(index, message, report);
    } else if (message.subject.node) {
        const auto* node_report = std::get_if<NodeReport>(&report.fact);
        const auto* stream = std::get_if<StreamReport>(&report.fact);
        if (node_report == nullptr && stream == nullptr) {
            return;
        }
        Node* const node = node_of(instance, *message.subject.node, report.at);
        if (node == nullptr) {
            return;
        }
        if (node_report != nullptr) {
            node->summary.health = node_report->health;
            node->summary.version = node_report->version;
        }
        set_open(instance, *node,
                 stream != nullptr ? stream->is_open : node_report->state == "open");
    }
}

void SummaryBuilder::apply_head(std::size_t index, const Received& message, const Report& report) {
    Instance& instance = instances_[index];
    Node* const node =
        message.subject.node ? node_of(instance, *message.subject.node, report.at) : nullptr;
    const auto& head = std::get<HeadReport>(report.fact);
    if (node == nullptr) {
        return;
    }
    if (head.timeliness != updates::HeadTimeliness::kPolled) {
        node->reported.at(head.slot.value % kSlotsRemembered) = head.slot.value;
    }
    if (!head.counts() || !is_counted(report.at)) {
        return;
    }
    const DatedMoment moment{report.at, instance.clock.reading()};
    const Arrival arrival{index, node, moment, head.delay, head.lag, head.is_late, head.is_first};
    auto [race, is_new] = races_.try_emplace(head.block);
    if (is_new) {
        open_races_.push_back({head.block, message.stored_at});
    }
    if (!race->is_settled) {
        if (race->arrivals.size() == kReportsMax * 8) {
            ++made_.refused;
            return;
        }
        race->arrivals.push_back(arrival);
    } else if (race->is_proven) {
        ++made_.belated;
        count_arrival(arrival, race->first.value_or(arrival));
    } else {
        ++made_.unproven;
    }
}

void SummaryBuilder::apply_verdict(std::size_t index, const Received& message,
                                   const Report& report) {
    if (!is_counted(report.at)) {
        return;
    }
    Instance& instance = instances_[index];
    const auto& verdict = std::get<VerdictReport>(report.fact);
    instance.summary.slots.add(verdict.verdict);
    if (verdict.block) {
        for (auto& [name, node] : instance.nodes) {
            // Of a node that is new the slot may have passed before.
            if (!node.is_followed || report.at - node.known_from < kNewNode) {
                continue;
            }
            ++node.summary.tally.slots_followed;
            const bool is_reported =
                node.reported.at(verdict.slot.value % kSlotsRemembered) == verdict.slot.value;
            node.summary.tally.slots_unreported += is_reported ? 0 : 1;
        }
    }
    auto [reports, is_new] = slots_.try_emplace(verdict.slot.value);
    if (is_new) {
        open_slots_.push_back({verdict.slot.value, message.stored_at});
    }
    if (reports->second.reports.size() < kReportsMax) {
        reports->second.reports.push_back({index, verdict});
    }
}

void SummaryBuilder::settle(base::WallTime until) {
    while (!open_races_.empty() && open_races_.front().at <= until) {
        if (Race* const race = races_.find(open_races_.front().key)) {
            settle_race(*race);
        }
        open_races_.pop_front();
    }
    while (!open_slots_.empty() &&
           (open_slots_.front().at <= until || open_slots_.size() > kSlotsOpenMax)) {
        const auto slot = slots_.find(open_slots_.front().key);
        settle_slot(chain::Slot{slot->first}, slot->second);
        slots_.erase(slot);
        open_slots_.pop_front();
    }
}

void SummaryBuilder::settle_race(Race& race) {
    race.is_settled = true;
    if (!race.is_proven) {
        made_.unproven += race.arrivals.size();
    } else if (!race.arrivals.empty()) {
        race.first = *std::min_element(
            race.arrivals.begin(), race.arrivals.end(),
            [](const Arrival& a, const Arrival& b) { return a.at.corrected() < b.at.corrected(); });
        ++race.first->node->summary.tally.first_anywhere;
        for (const Arrival& arrival : race.arrivals) {
            count_arrival(arrival, *race.first);
        }
    }
    std::vector<Arrival>{}.swap(race.arrivals);
}

void SummaryBuilder::count_arrival(const Arrival& arrival, const Arrival& first) {
    Tally& tally = arrival.node->summary.tally;
    ++tally.heads;
    tally.first += arrival.is_first ? 1 : 0;
    if (arrival.delay) {
        tally.delay.add(*arrival.delay);
    }
    if (arrival.lag) {
        tally.lag.add(*arrival.lag);
    }
    if (arrival.is_late) {
        ++(*arrival.is_late ? tally.late : tally.on_time);
    }
    const MomentDifference behind =
        difference(first.at, arrival.at, first.instance == arrival.instance);
    tally.lag_anywhere.add(behind.value);
    tally.doubtful += behind.is_doubtful() && first.node != arrival.node ? 1 : 0;
}

std::string SummaryBuilder::site_of(const Instance& instance) const {
    const auto label = instance.summary.labels.find(options_.site_label);
    return label == instance.summary.labels.end() ? instance.summary.name : label->second;
}

void SummaryBuilder::count_malformed(const Received& message) {
    if (!options_.filter.admits_name(message.subject.instance)) {
        return;
    }
    if (const auto index = find_or_add(message.subject.instance)) {
        ++instances_[*index].summary.malformed;
    }
}

void SummaryBuilder::count(const Sequencer::Output& output) {
    for (const Sequencer::Loss& loss : output.losses) {
        if (!options_.filter.admits_name(loss.instance)) {
            continue;
        }
        if (const auto index = find_or_add(loss.instance)) {
            instances_[*index].summary.lost += loss.count;
        }
    }
    for (const MessageId& id : output.found) {
        if (const auto known = by_name_.find(id.instance); known != by_name_.end()) {
            std::uint64_t& lost = instances_[known->second].summary.lost;
            lost -= std::min<std::uint64_t>(lost, 1);
        }
    }
}

}  // namespace fleet
