#include "monitor/slots/slot_verdicts.hpp"

#include <algorithm>

namespace monitor {

namespace {

chain::Slot plus(chain::Slot slot, std::uint64_t slots) {
    return chain::Slot{slot.value + slots};
}

}  // namespace

void SlotVerdicts::start_over(base::WallTime now) {
    const auto current = clock_->slot_at(now);
    next_ = current ? plus(*current, 1) : chain::Slot{0};
    records_.clear();
    for (auto& [candidate, watch] : watches_) {
        if (watch.since) {
            watch.since = now;
        }
        watch.covered.clear();
        watch.last_head.reset();
        watch.rest_slot.reset();
    }
}

void SlotVerdicts::set_slot_clock(const chain::SlotClock& clock, base::WallTime now) {
    clock_ = clock;
    start_over(now);
}

void SlotVerdicts::watch_began(updates::NodeId candidate, base::WallTime at) {
    Watch& watch = watches_[candidate];
    if (!watch.since) {
        watch.since = at;
    }
}

void SlotVerdicts::watch_ended(updates::NodeId candidate, base::WallTime at) {
    const auto place = watches_.find(candidate);
    if (place == watches_.end() || !place->second.since) {
        return;
    }
    Watch& watch = place->second;
    if (clock_) {
        chain::Slot slot = next_;
        for (std::uint64_t i = 0; i < kBacklogMax; ++i, slot = plus(slot, 1)) {
            if (clock_->start_of(plus(slot, 1)) <= at && covers(watch, slot)) {
                watch.covered.insert(slot);
            }
        }
    }
    watch.since.reset();
}

void SlotVerdicts::seen(updates::NodeId candidate, chain::Slot slot, const chain::Root& root,
                        base::Duration delay, bool is_optimistic, base::WallTime at) {
    const auto now = clock_ ? clock_->slot_at(at) : std::nullopt;
    // A slot far ahead of the clock would be kept for as long.
    if (!now || slot < next_ || slot > plus(*now, 1)) {
        return;
    }
    // So early no honest node has a block by a good clock: it is no sighting, only a reason to
    // call nothing missed.
    if (delay < -updates::kGossipDisparity) {
        block_known(slot);
        return;
    }
    Record& record = records_[slot];
    auto& sighting = is_optimistic ? record.optimistic : record.verified;
    if (!sighting || delay < sighting->delay) {
        sighting = Sighting{candidate, root, delay};
    }
    Watch& watch = watches_[candidate];
    watch.last_head = std::max(watch.last_head.value_or(slot), slot);
}

void SlotVerdicts::block_known(chain::Slot slot) {
    if (clock_ && slot >= next_ && slot < plus(next_, kBacklogMax)) {
        records_[slot].is_known = true;
    }
}

void SlotVerdicts::rest_head(updates::NodeId candidate, chain::Slot slot, base::WallTime at) {
    Watch& watch = watches_[candidate];
    watch.rest_slot = slot;
    watch.rest_at = at;
    block_known(slot);
}

bool SlotVerdicts::covers(const Watch& watch, chain::Slot slot) const {
    return (watch.since && *watch.since <= clock_->start_of(slot)) || watch.covered.contains(slot);
}

bool SlotVerdicts::vouches(const Watch& watch, chain::Slot slot) const {
    if (!covers(watch, slot)) {
        return false;
    }
    const bool went_on = watch.last_head && *watch.last_head > slot;
    const bool was_asked = watch.rest_slot && *watch.rest_slot < slot &&
                           watch.rest_at >= clock_->start_of(plus(slot, 1));
    return went_on || was_asked;
}

std::vector<chain::Slot> SlotVerdicts::due(base::WallTime now) {
    std::vector<chain::Slot> out;
    const auto current = clock_ ? clock_->slot_at(now) : std::nullopt;
    if (!current) {
        return out;
    }
    if (next_ > plus(*current, 1)) {
        // The clock was set back.
        start_over(now);
    }
    if (plus(next_, kBacklogMax) < *current) {
        start_over(now);
    }
    for (chain::Slot slot = next_; plus(slot, 2) <= *current; slot = plus(slot, 1)) {
        out.push_back(slot);
    }
    return out;
}

updates::SlotVerdict SlotVerdicts::judge(chain::Slot slot, chain::AttestationDeadline deadline) {
    updates::SlotVerdict verdict;
    verdict.slot = slot;
    verdict.deadline = deadline;
    const bool is_watched = std::any_of(watches_.begin(), watches_.end(), [&](const auto& entry) {
        return covers(entry.second, slot);
    });
    const bool is_vouched = std::any_of(watches_.begin(), watches_.end(), [&](const auto& entry) {
        return vouches(entry.second, slot);
    });
    const Record record = records_[slot];
    if (const auto& sighting = record.verified ? record.verified : record.optimistic) {
        verdict.first_reported_by = sighting->node;
        verdict.root = sighting->root;
        verdict.delay = sighting->delay;
    }
    if (record.verified && record.verified->delay <= deadline.after_start) {
        verdict.verdict = updates::Verdict::kOnTime;
    } else if (record.verified && is_watched) {
        verdict.verdict = updates::Verdict::kLate;
    } else if (record.optimistic && !record.verified && is_watched) {
        verdict.verdict = updates::Verdict::kOptimistic;
    } else if (!verdict.first_reported_by && !record.is_known && is_vouched) {
        verdict.verdict = updates::Verdict::kMissed;
    }
    next_ = plus(slot, 1);
    records_.erase(records_.begin(), records_.lower_bound(next_));
    for (auto& [candidate, watch] : watches_) {
        watch.covered.erase(watch.covered.begin(), watch.covered.lower_bound(next_));
    }
    return verdict;
}

}  // namespace monitor
