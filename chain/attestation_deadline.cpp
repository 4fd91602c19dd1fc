#include "chain/attestation_deadline.hpp"

namespace chain {
namespace {

constexpr std::uint64_t kBpsMax = 10'000;
constexpr std::uint64_t kAssumedSlotsPerEpoch = 32;

bool is_in_gloas(Slot slot, const Spec& spec) {
    return spec.gloas_fork_epoch && epoch_of(slot, spec) >= *spec.gloas_fork_epoch;
}

}  // namespace

Epoch epoch_of(Slot slot, const Spec& spec) {
    const std::uint64_t given = spec.slots_per_epoch.value_or(0);
    return Epoch{slot.value / (given > 0 ? given : kAssumedSlotsPerEpoch)};
}

AttestationDeadline attestation_deadline(Slot slot, const std::optional<Spec>& spec,
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

}  // namespace chain
