#include "monitor/head_times.hpp"

#include <algorithm>

namespace monitor {

namespace {

constexpr std::uint64_t kBpsMax = 10'000;
constexpr std::uint64_t kAssumedSlotsPerEpoch = 32;

bool is_in_gloas(base::Slot slot, const beacon_api::Spec& spec) {
    return spec.gloas_fork_epoch && epoch_of(slot, spec) >= *spec.gloas_fork_epoch;
}

}  // namespace

base::Epoch epoch_of(base::Slot slot, const beacon_api::Spec& spec) {
    const std::uint64_t said = spec.slots_per_epoch.value_or(0);
    return base::Epoch{slot.value / (said > 0 ? said : kAssumedSlotsPerEpoch)};
}

AttestationDeadline attestation_deadline(base::Slot slot,
                                         const std::optional<beacon_api::Spec>& spec,
                                         std::chrono::milliseconds slot_duration) {
    std::optional<std::uint64_t> bps;
    if (spec) {
        bps =
            is_in_gloas(slot, *spec) ? spec->attestation_due_bps_gloas : spec->attestation_due_bps;
    }
    // Beyond the slot's end it would be no deadline of this slot.
    const bool is_assumed = !bps || *bps > kBpsMax;
    const auto part = static_cast<std::int64_t>(is_assumed ? kAssumedDueBps : *bps);
    return {base::Duration{slot_duration} * part / static_cast<std::int64_t>(kBpsMax), is_assumed};
}

void HeadTimes::set_syncing(const CandidateId& candidate, bool is_syncing) {
    nodes_[candidate].is_syncing = is_syncing;
}

AttestationDeadline HeadTimes::deadline(base::Slot slot) const {
    return attestation_deadline(slot, spec_, clock_->slot_duration());
}

HeadAge HeadTimes::age_of(Node& node, base::Slot slot, base::Instant at) const {
    HeadAge age = HeadAge::kLive;
    if (clock_) {
        const auto now = clock_->slot_at(at.wall);
        const bool follows =
            node.slot && slot > *node.slot && node.is_stale &&
            at.mono - node.at < base::Duration{clock_->slot_duration()} / kBurstParts;
        const bool is_old = now && slot.value < now->value && now->value - slot.value > 1;
        if (follows && is_old) {
            age = HeadAge::kCatchUp;
        } else if (follows || is_old) {
            // The last heads of a burst say where the node is now, if not when it came there.
            age = HeadAge::kOld;
        }
    }
    node.slot = slot;
    node.at = at.mono;
    node.is_stale = age != HeadAge::kLive;
    return node.is_syncing ? HeadAge::kCatchUp : age;
}

std::vector<HeadTimes::Told>& HeadTimes::told_of(const base::Root& root) {
    const auto [place, is_new] = told_.try_emplace(root);
    if (is_new) {
        order_.push_back(root);
        if (order_.size() > kRootsMax) {
            told_.erase(order_.front());
            order_.pop_front();
        }
    }
    return place->second;
}

HeadTiming HeadTimes::report(const CandidateId& candidate, const beacon_api::HeadEvent& head,
                             HeadSource source, base::Instant at) {
    HeadTiming timing;
    Node& node = nodes_[candidate];
    if (source == HeadSource::kPoll) {
        timing.age = node.is_syncing ? HeadAge::kCatchUp : HeadAge::kPolled;
        return timing;
    }
    timing.age = age_of(node, head.slot, at);
    std::vector<Told>& told = told_of(head.block);
    bool is_first_of_root = true;
    for (const Told& report : told) {
        if (report.candidate == candidate) {
            is_first_of_root = false;
            timing.is_repeat = timing.is_repeat || report.payload_status == head.payload_status;
        }
    }
    if (timing.is_repeat) {
        return timing;
    }
    told.push_back({candidate, head.payload_status});
    if (timing.age == HeadAge::kLive && clock_) {
        timing.delay = clock_->delay_into(head.slot, at.wall);
        if (is_first_of_root) {
            timing.deadline = deadline(head.slot);
        }
    }
    return timing;
}

}  // namespace monitor
