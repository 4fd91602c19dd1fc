#include "monitor/slot_verdicts.hpp"

#include <algorithm>

namespace monitor {

namespace {

base::Slot plus(base::Slot slot, std::uint64_t slots) {
    return base::Slot{slot.value + slots};
}

}  // namespace

void SlotVerdicts::start_over(base::WallTime now) {
    const auto current = clock_->slot_at(now);
    next_ = current ? plus(*current, 1) : base::Slot{0};
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

void SlotVerdicts::set_slot_clock(const beacon_api::SlotClock& clock, base::WallTime now) {
    clock_ = clock;
    start_over(now);
}

void SlotVerdicts::watch_began(const CandidateId& candidate, base::WallTime at) {
    Watch& watch = watches_[candidate];
    if (!watch.since) {
        watch.since = at;
    }
}

void SlotVerdicts::watch_ended(const CandidateId& candidate, base::WallTime at) {
    const auto place = watches_.find(candidate);
    if (place == watches_.end() || !place->second.since) {
        return;
    }
    Watch& watch = place->second;
    if (clock_) {
        base::Slot slot = next_;
        for (std::uint64_t i = 0; i < kBacklogMax; ++i, slot = plus(slot, 1)) {
            if (clock_->start_of(plus(slot, 1)) <= at && covers(watch, slot)) {
                watch.covered.insert(slot);
            }
        }
    }
    watch.since.reset();
}

void SlotVerdicts::seen(const CandidateId& candidate, base::Slot slot, const base::Root& root,
                        base::Duration delay, bool is_optimistic, base::WallTime at) {
    const auto now = clock_ ? clock_->slot_at(at) : std::nullopt;
    // A slot far ahead of the clock would be kept for as long.
    if (!now || slot < next_ || slot > plus(*now, 1)) {
        return;
    }
    // So early no honest node has a block by a good clock: it is no sighting, only a reason to
    // call nothing missed.
    if (delay < -kGossipDisparity) {
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

void SlotVerdicts::block_known(base::Slot slot) {
    if (clock_ && slot >= next_ && slot < plus(next_, kBacklogMax)) {
        records_[slot].is_known = true;
    }
}

void SlotVerdicts::rest_head(const CandidateId& candidate, base::Slot slot, base::WallTime at) {
    Watch& watch = watches_[candidate];
    watch.rest_slot = slot;
    watch.rest_at = at;
    block_known(slot);
}

bool SlotVerdicts::covers(const Watch& watch, base::Slot slot) const {
    return (watch.since && *watch.since <= clock_->start_of(slot)) || watch.covered.contains(slot);
}

bool SlotVerdicts::vouches(const Watch& watch, base::Slot slot) const {
    if (!covers(watch, slot)) {
        return false;
    }
    const bool went_on = watch.last_head && *watch.last_head > slot;
    const bool was_asked = watch.rest_slot && *watch.rest_slot < slot &&
                           watch.rest_at >= clock_->start_of(plus(slot, 1));
    return went_on || was_asked;
}

std::vector<base::Slot> SlotVerdicts::due(base::WallTime now) {
    std::vector<base::Slot> out;
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
    for (base::Slot slot = next_; plus(slot, 2) <= *current; slot = plus(slot, 1)) {
        out.push_back(slot);
    }
    return out;
}

SlotVerdict SlotVerdicts::judge(base::Slot slot, AttestationDeadline deadline) {
    SlotVerdict verdict;
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
        verdict.by = sighting->candidate;
        verdict.root = sighting->root;
        verdict.delay = sighting->delay;
    }
    if (record.verified && record.verified->delay <= deadline.after_start) {
        verdict.verdict = Verdict::kSeen;
    } else if (record.verified && is_watched) {
        verdict.verdict = Verdict::kLate;
    } else if (record.optimistic && !record.verified && is_watched) {
        verdict.verdict = Verdict::kOptimistic;
    } else if (!verdict.by && !record.is_known && is_vouched) {
        verdict.verdict = Verdict::kMissed;
    }
    next_ = plus(slot, 1);
    records_.erase(records_.begin(), records_.lower_bound(next_));
    for (auto& [candidate, watch] : watches_) {
        watch.covered.erase(watch.covered.begin(), watch.covered.lower_bound(next_));
    }
    return verdict;
}

}  // namespace monitor
