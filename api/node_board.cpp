#include "api/node_board.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <variant>

#include "chain/spec.hpp"
#include "updates/node_health.hpp"
#include "updates/node_status.hpp"

namespace api {
namespace {

/// Whether an update may make a node usable, or unusable.
bool may_spoil(const updates::Fact& fact) {
    return std::holds_alternative<updates::NodeStatus>(fact) ||
           std::holds_alternative<updates::StreamEnded>(fact) ||
           std::holds_alternative<updates::RunStarted>(fact) ||
           std::holds_alternative<updates::BestHead>(fact);
}

}  // namespace

std::string_view to_string(Unready reason) {
    switch (reason) {
        case Unready::kNotRunning:
            return "not_running";
        case Unready::kNoHead:
            return "no_head";
        case Unready::kOldHead:
            return "old_head";
        case Unready::kNoSlotTime:
            return "no_slot_time";
        case Unready::kNoUsableNode:
            return "no_usable_node";
    }
    assert(false);
    return "unknown";
}

base::Duration NodeBoard::slot_duration() const {
    return snapshot_.slot_time ? snapshot_.slot_time->clock.slot_duration()
                               : chain::kDefaultSlotDuration;
}

bool NodeBoard::is_stopped(base::MonoTime now) const {
    return !snapshot_.running && (!run_ended_ || now >= *stops_at());
}

std::optional<base::MonoTime> NodeBoard::stops_at() const {
    if (snapshot_.running || !run_ended_) {
        return std::nullopt;
    }
    const auto gap =
        std::chrono::duration_cast<base::MonoTime::duration>(kRunGapSlots * slot_duration());
    return *run_ended_ + gap + base::MonoTime::duration{1};
}

std::optional<std::vector<updates::NodeId>> NodeBoard::find_not_watched(chain::Slot slot,
                                                                        base::Instant now) const {
    if (!snapshot_.slot_time) {
        return std::nullopt;
    }
    // Where the slot was on the clock that is never stepped.
    const chain::SlotClock& clock = snapshot_.slot_time->clock;
    const base::MonoTime begin = now.mono - clock.delay_into(slot, now.wall);
    return open_streams_.find_not_watched(begin, begin + slot_duration());
}

updates::NodeIssues NodeBoard::counted_issues(const updates::NodeSnapshot& node,
                                              base::MonoTime now) const {
    updates::NodeIssues issues = updates::find_issues(node.status);
    if (node.last_end == updates::StreamEndReason::kCancelled && !is_stopped(now)) {
        issues.reset(static_cast<std::size_t>(updates::NodeIssue::kNoStream));
    }
    return issues;
}

void NodeBoard::apply(const updates::Message& message) {
    if (const auto* const snapshot = std::get_if<updates::Snapshot>(&message)) {
        snapshot_ = *snapshot;
    } else if (const auto* const update =
                   std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
        apply(**update);
    }
}

void NodeBoard::apply(const updates::Update& update) {
    snapshot_.apply(update);
    open_streams_.apply(update, slot_duration());
    if (const auto* const report = std::get_if<updates::NodeHead>(&update.fact)) {
        slots_.apply(*report);
    } else if (const auto* const verdict = std::get_if<updates::SlotVerdict>(&update.fact)) {
        slots_.apply(*verdict, find_not_watched(verdict->slot, update.at));
    } else if (std::holds_alternative<updates::SlotTime>(update.fact)) {
        slots_.clear();
    } else if (std::holds_alternative<updates::BestHead>(update.fact)) {
        best_since_ = update.at;
    } else if (std::holds_alternative<updates::RunEnded>(update.fact)) {
        run_ended_ = update.at.mono;
    } else if (std::holds_alternative<updates::RunStarted>(update.fact)) {
        run_ended_.reset();
    }
    const bool slot_ended = std::holds_alternative<updates::SlotVerdict>(update.fact);
    // While there is neither a choice nor a node to choose nothing changes: no ranks are made.
    const auto may_choose = [&] { return best_node_.choice() || has_choosable(update.at.mono); };
    if (slot_ended ||
        (may_spoil(update.fact) && !is_choice_usable(update.at.mono) && may_choose())) {
        best_node_.update(ranks(update.at.mono), slot_ended, update.at);
    }
}

updates::NodeHealth NodeBoard::health_of(const updates::NodeSnapshot& node,
                                         base::MonoTime now) const {
    return updates::assess(counted_issues(node, now));
}

bool NodeBoard::is_choice_usable(base::MonoTime now) const {
    const auto& choice = best_node_.choice();
    const auto node = choice ? snapshot_.nodes.find(choice->node) : snapshot_.nodes.end();
    return node != snapshot_.nodes.end() &&
           health_of(node->second, now) != updates::NodeHealth::kUnusable &&
           find_unready(node->second, now).empty();
}

bool NodeBoard::has_choosable(base::MonoTime now) const {
    return std::any_of(snapshot_.nodes.begin(), snapshot_.nodes.end(), [&](const auto& entry) {
        return health_of(entry.second, now) != updates::NodeHealth::kUnusable &&
               find_unready(entry.second, now).empty();
    });
}

std::vector<NodeRank> NodeBoard::ranks(base::MonoTime now) const {
    const auto speeds = slots_.speeds();
    std::vector<NodeRank> ranks;
    for (const auto& [id, node] : snapshot_.nodes) {
        NodeRank rank{id};
        rank.health = health_of(node, now);
        rank.is_fresh = find_unready(node, now).empty();
        const auto place = std::find(preferred_.begin(), preferred_.end(), id.name());
        rank.preference = place == preferred_.end()
                              ? SIZE_MAX
                              : static_cast<std::size_t>(place - preferred_.begin());
        if (const auto speed = speeds.find(id); speed != speeds.end()) {
            rank.speed = speed->second;
        }
        ranks.push_back(rank);
    }
    return ranks;
}

bool NodeBoard::is_good(updates::NodeId node, base::MonoTime now) const {
    const auto found = snapshot_.nodes.find(node);
    return found != snapshot_.nodes.end() &&
           health_of(found->second, now) != updates::NodeHealth::kUnusable;
}

std::vector<Unready> NodeBoard::find_unready(base::Instant now) const {
    std::vector<Unready> reasons;
    if (!snapshot_.running) {
        reasons.push_back(Unready::kNotRunning);
    }
    if (!snapshot_.best) {
        reasons.push_back(Unready::kNoHead);
    }
    if (!snapshot_.slot_time) {
        reasons.push_back(Unready::kNoSlotTime);
    } else if (snapshot_.best) {
        const auto slot = snapshot_.slot_time->clock.slot_at(now.wall);
        if (slot && chain::distance(snapshot_.best->head.slot, *slot) > updates::kHeadAgeMax) {
            reasons.push_back(Unready::kOldHead);
        }
    }
    const bool has_usable =
        std::any_of(snapshot_.nodes.begin(), snapshot_.nodes.end(), [&](const auto& entry) {
            return health_of(entry.second, now.mono) != updates::NodeHealth::kUnusable;
        });
    if (!has_usable) {
        reasons.push_back(Unready::kNoUsableNode);
    }
    return reasons;
}

std::vector<Unready> NodeBoard::find_unready(const updates::NodeSnapshot& node,
                                             base::MonoTime now) const {
    if (is_stopped(now)) {
        return {Unready::kNotRunning};
    }
    if (!node.head || !snapshot_.best) {
        return {Unready::kNoHead};
    }
    const chain::Slot best = snapshot_.best->head.slot;
    if (chain::distance(node.head->head.slot, best) > kFreshSlots) {
        return {Unready::kOldHead};
    }
    return {};
}

}  // namespace api
