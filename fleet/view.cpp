#include "fleet/view.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

namespace fleet {

InstanceView* View::find_or_add(const std::string& name) {
    const auto known = instances_.find(name);
    if (known != instances_.end()) {
        return &known->second;
    }
    if (instances_.size() == kInstancesMax) {
        ++refused_;
        return nullptr;
    }
    return &instances_[name];
}

NodeView* View::node_of(InstanceView& instance, const Received& message) {
    if (!message.subject.node) {
        return nullptr;
    }
    const auto known = instance.nodes.find(*message.subject.node);
    if (known != instance.nodes.end()) {
        return &known->second;
    }
    if (instance.nodes.size() == kNodesMax) {
        ++refused_;
        return nullptr;
    }
    return &instance.nodes[*message.subject.node];
}

void View::count_malformed(const Received& message) {
    if (InstanceView* const instance = find_or_add(message.subject.instance)) {
        ++instance->malformed;
    }
}

void View::count(const Sequencer::Output& output) {
    for (const Sequencer::Loss& loss : output.losses) {
        if (InstanceView* const instance = find_or_add(loss.instance)) {
            instance->lost += loss.count;
        }
    }
    for (const MessageId& id : output.found) {
        if (InstanceView* const instance = find_or_add(id.instance)) {
            instance->lost -= std::min<std::uint64_t>(instance->lost, 1);
        }
    }
}

void View::apply_status(InstanceView& instance, const InstanceStatus& status) {
    instance.version = status.version;
    instance.labels = status.labels;
    instance.status = status;
    // A headmon that begins sends its status before it follows any.
    if (status.nodes.empty()) {
        return;
    }
    // Nodes that it does not follow any more.
    const std::set<std::string> followed{status.nodes.begin(), status.nodes.end()};
    std::erase_if(instance.nodes,
                  [&](const auto& entry) { return !followed.contains(entry.first); });
    for (const std::string& node : followed) {
        if (instance.nodes.size() == kNodesMax && !instance.nodes.contains(node)) {
            ++refused_;
            break;
        }
        instance.nodes.try_emplace(node);
    }
}

void View::apply_head(InstanceView& instance, const Received& message, const Report& report) {
    NodeView* const node = node_of(instance, message);
    if (node == nullptr) {
        return;
    }
    const auto& head = std::get<HeadReport>(report.fact);
    const DatedMoment moment{report.at, instance.clock.reading()};
    if (head.counts()) {
        const Race race{moment, message.subject.instance, *message.subject.node};
        const auto [first, is_new] = races_.try_emplace(head.block, race);
        if (!is_new && moment.corrected() < first->first.corrected()) {
            *first = race;
        }
    }
    if (!node->newest_head.take(message)) {
        return;
    }
    // Its payload, or the same again: the times are those of the block.
    if (!head.counts() && node->head && node->head->block == head.block) {
        return;
    }
    node->head = head;
    node->head_at = head.counts() ? std::optional{moment} : std::nullopt;
}

void View::apply(const Received& message, const Report& report, bool is_counted) {
    InstanceView* const found = find_or_add(message.subject.instance);
    if (found == nullptr) {
        return;
    }
    InstanceView& instance = *found;
    instance.last_stored = std::max(instance.last_stored, message.stored_at);
    instance.clock.compare(report.at, message.stored_at);
    if (message.id) {
        instance.origins.meet(message.id->origin, message.stored_at);
    }
    if (const auto* status = std::get_if<InstanceStatus>(&report.fact)) {
        instance.origins.meet(status->origin, message.stored_at);
        apply_status(instance, *status);
    } else if (const auto* gap = std::get_if<Gap>(&report.fact)) {
        if (is_counted) {
            ++instance.gaps;
            instance.dropped += gap->dropped;
            instance.last_gap = gap->reason;
        }
    } else if (std::holds_alternative<HeadReport>(report.fact)) {
        apply_head(instance, message, report);
    } else if (const auto* best = std::get_if<BestReport>(&report.fact)) {
        if (instance.newest_best.take(message)) {
            const bool is_new = !instance.best || instance.best->block != best->block;
            instance.best_stored = is_new ? message.stored_at : instance.best_stored;
            instance.best = *best;
        }
    } else if (const auto* node_report = std::get_if<NodeReport>(&report.fact)) {
        NodeView* const node = node_of(instance, message);
        if (node != nullptr && node->newest_status.take(message)) {
            node->status = *node_report;
        }
    } else if (const auto* proven = std::get_if<ProvenReport>(&report.fact)) {
        ancestry_.prove(*proven);
    } else if (const auto* verdict = std::get_if<VerdictReport>(&report.fact)) {
        if (instance.newest_verdict.take(message)) {
            instance.verdict = *verdict;
        }
    } else if (const auto* skew = std::get_if<updates::ClockSkew>(&report.fact)) {
        if (instance.newest_clock.take(message)) {
            instance.clock.report(*skew);
        }
    }
}

Lag View::lag(const std::string& instance, const NodeView& node) const {
    if (!node.head || !node.head_at) {
        return {};
    }
    const Race* const race = races_.find(node.head->block);
    if (race == nullptr) {
        return {};
    }
    if (!ancestry_.is_proven(node.head->block)) {
        return Lag{Lag::Kind::kClaim};
    }
    Lag lag{Lag::Kind::kBehind, {}, race->instance, race->node};
    lag.behind = difference(race->first, *node.head_at, race->instance == instance);
    const bool is_first = race->instance == instance && lag.behind.value.count() <= 0;
    lag.kind = is_first ? Lag::Kind::kFirst : Lag::Kind::kBehind;
    return lag;
}

std::optional<chain::Slot> View::newest_slot() const {
    std::optional<chain::Slot> newest;
    for (const auto& [name, instance] : instances_) {
        if (instance.best && ancestry_.is_proven(instance.best->block)) {
            newest = std::max(newest, std::optional{instance.best->slot});
        }
    }
    return newest;
}

std::optional<base::Duration> View::slot_duration() const {
    std::optional<base::Duration> longest;
    for (const auto& [name, instance] : instances_) {
        if (instance.status) {
            longest = std::max(longest, instance.status->slot_duration);
        }
    }
    return longest;
}

}  // namespace fleet
