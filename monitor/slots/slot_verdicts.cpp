#include "monitor/slots/slot_verdicts.hpp"

#include <algorithm>

namespace monitor {

void SlotVerdicts::start_over(base::WallTime now) {
    const auto current = clock_->slot_at(now);
    next_ = current ? current->next() : chain::Slot{0};
    records_.clear();
    for (auto& [node, observation] : observations_) {
        if (observation.since) {
            observation.since = now;
        }
        observation.covered.clear();
        observation.last_head.reset();
        observation.rest_slot.reset();
    }
}

void SlotVerdicts::set_slot_clock(const chain::SlotClock& clock, base::WallTime now) {
    clock_ = clock;
    start_over(now);
}

void SlotVerdicts::observation_began(updates::NodeId node, base::WallTime at) {
    Observation& observation = observations_[node];
    if (!observation.since) {
        observation.since = at;
    }
}

void SlotVerdicts::observation_ended(updates::NodeId node, base::WallTime at) {
    const auto place = observations_.find(node);
    if (place == observations_.end() || !place->second.since) {
        return;
    }
    Observation& observation = place->second;
    if (clock_) {
        chain::Slot slot = next_;
        for (std::uint64_t i = 0; i < kBacklogMax; ++i, slot = slot.next()) {
            if (clock_->start_of(slot.next()) <= at && observed(observation, slot)) {
                observation.covered.insert(slot);
            }
        }
    }
    observation.since.reset();
}

void SlotVerdicts::seen(updates::NodeId node, chain::Slot slot, const chain::Root& root,
                        base::Duration delay, bool is_optimistic, base::WallTime at) {
    const auto now = clock_ ? clock_->slot_at(at) : std::nullopt;
    // A slot far ahead of the clock would be kept for as long.
    if (!now || slot < next_ || slot > now->next()) {
        return;
    }
    // By MAXIMUM_GOSSIP_CLOCK_DISPARITY no node with a good clock has a block so early: it is no
    // sighting, only a reason not to call the slot missed.
    if (delay < -updates::kGossipDisparity) {
        block_known(slot);
        return;
    }
    Record& record = records_[slot];
    auto& sighting = is_optimistic ? record.optimistic : record.verified;
    if (!sighting || delay < sighting->delay) {
        sighting = Sighting{node, root, delay};
    }
    Observation& observation = observations_[node];
    observation.last_head = std::max(observation.last_head.value_or(slot), slot);
}

void SlotVerdicts::block_known(chain::Slot slot) {
    if (clock_ && slot >= next_ && slot < next_ + kBacklogMax) {
        records_[slot].is_known = true;
    }
}

void SlotVerdicts::rest_head(updates::NodeId node, chain::Slot slot, base::WallTime at) {
    Observation& observation = observations_[node];
    observation.rest_slot = slot;
    observation.rest_at = at;
    block_known(slot);
}

bool SlotVerdicts::observed(const Observation& observation, chain::Slot slot) const {
    return (observation.since && *observation.since <= clock_->start_of(slot)) ||
           observation.covered.contains(slot);
}

bool SlotVerdicts::confirms_empty(const Observation& observation, chain::Slot slot) const {
    if (!observed(observation, slot)) {
        return false;
    }
    const bool went_on = observation.last_head && *observation.last_head > slot;
    const bool was_asked = observation.rest_slot && *observation.rest_slot < slot &&
                           observation.rest_at >= clock_->start_of(slot.next());
    return went_on || was_asked;
}

std::vector<chain::Slot> SlotVerdicts::due(base::WallTime now) {
    std::vector<chain::Slot> out;
    const auto current = clock_ ? clock_->slot_at(now) : std::nullopt;
    if (!current) {
        return out;
    }
    if (next_ > current->next()) {
        // The clock was set back.
        start_over(now);
    }
    if (next_ + kBacklogMax < *current) {
        start_over(now);
    }
    for (chain::Slot slot = next_; slot + 2 <= *current; slot = slot.next()) {
        out.push_back(slot);
    }
    return out;
}

updates::SlotVerdict SlotVerdicts::judge(chain::Slot slot, chain::AttestationDeadline deadline) {
    updates::SlotVerdict verdict;
    verdict.slot = slot;
    verdict.deadline = deadline;
    const bool is_observed =
        std::any_of(observations_.begin(), observations_.end(),
                    [&](const auto& entry) { return observed(entry.second, slot); });
    const bool is_confirmed_empty =
        std::any_of(observations_.begin(), observations_.end(),
                    [&](const auto& entry) { return confirms_empty(entry.second, slot); });
    const Record record = records_[slot];
    if (const auto& sighting = record.verified ? record.verified : record.optimistic) {
        verdict.first_reported_by = sighting->node;
        verdict.root = sighting->root;
        verdict.delay = sighting->delay;
    }
    if (record.verified && record.verified->delay <= deadline.after_start) {
        verdict.verdict = updates::Verdict::kOnTime;
    } else if (record.verified && is_observed) {
        verdict.verdict = updates::Verdict::kLate;
    } else if (record.optimistic && !record.verified && is_observed) {
        verdict.verdict = updates::Verdict::kOptimistic;
    } else if (!verdict.first_reported_by && !record.is_known && is_confirmed_empty) {
        verdict.verdict = updates::Verdict::kMissed;
    }
    next_ = slot.next();
    records_.erase(records_.begin(), records_.lower_bound(next_));
    for (auto& [node, observation] : observations_) {
        observation.covered.erase(observation.covered.begin(),
                                  observation.covered.lower_bound(next_));
    }
    return verdict;
}

}  // namespace monitor
