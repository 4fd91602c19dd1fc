#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"

namespace chain {

/// When attestations of a slot are due.
struct AttestationDeadline {
    /// After the slot's start.
    base::Duration after_start{};
    /// No node's spec has given it.
    bool assumed = false;

    friend bool operator==(const AttestationDeadline&, const AttestationDeadline&) = default;
};

/// Basis points of a slot after which attestations are due, where no spec gives them:
/// ATTESTATION_DUE_BPS of mainnet.
/// https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/validator.md
inline constexpr std::uint64_t kAssumedDueBps = 3333;

/// The epoch of a slot, by the spec of its chain; 32 slots where that gives none.
[[nodiscard]] Epoch epoch_of(Slot slot, const Spec& spec);

/// When attestations of `slot` are due, by the fork that it lies in.
[[nodiscard]] AttestationDeadline attestation_deadline(Slot slot, const std::optional<Spec>& spec,
                                                       std::chrono::milliseconds slot_duration);

}  // namespace chain
