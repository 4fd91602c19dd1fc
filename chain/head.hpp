#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "chain/root.hpp"
#include "chain/slot.hpp"

namespace chain {

/// Whether a block's execution payload has been revealed and seen (Gloas).
/// https://github.com/ethereum/consensus-specs/blob/master/specs/gloas/fork-choice.md
enum class PayloadStatus : std::uint8_t { kEmpty, kFull };

/// "empty", "full".
[[nodiscard]] std::string_view to_string(PayloadStatus status);

/// The head of a node's fork choice, as `head_v2` and, older, `head` of `GET /eth/v1/events`
/// report it. https://ethereum.github.io/beacon-APIs/#/Events/eventstream
struct Head {
    Slot slot;
    Root block;
    Root state;
    bool epoch_transition = false;
    /// Attester duties of the head's epoch hold while this root stays the same
    /// (`previous_duty_dependent_root` in the older topic).
    Root current_epoch_dependent_root;
    /// Attester duties of the next epoch hold while this root stays the same
    /// (`current_duty_dependent_root` in the older topic).
    Root next_epoch_dependent_root;
    /// Whether the block's execution payload is in; absent before Gloas.
    std::optional<PayloadStatus> payload_status;
    /// The node has not verified the execution payload yet. False when the member is absent.
    bool execution_optimistic = false;

    friend bool operator==(const Head&, const Head&) = default;
};

/// A node's finalized checkpoint: topic `finalized_checkpoint`.
struct FinalizedCheckpoint {
    Root block;
    Root state;
    Epoch epoch;
    bool execution_optimistic = false;

    friend bool operator==(const FinalizedCheckpoint&, const FinalizedCheckpoint&) = default;
};

}  // namespace chain
