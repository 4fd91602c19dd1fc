#pragma once

#include <array>
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

/// A fork's name as members `version` of the Beacon API have it: "gloas". 1 to 15 lower-case
/// letters and digits. A value without memory of its own, so that copying a head allocates nothing.
class ForkName {
  public:
    static constexpr std::size_t kBytesMax = 15;

    /// Nothing for any other text.
    [[nodiscard]] static std::optional<ForkName> parse(std::string_view text);
    /// Lives as long as this value.
    [[nodiscard]] std::string_view text() const { return {chars_.data(), size_}; }

    friend bool operator==(const ForkName&, const ForkName&) = default;

  private:
    std::array<char, kBytesMax> chars_{};
    std::uint8_t size_ = 0;
};

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
    /// The fork of the block, as `head_v2` has it; absent in the older topic.
    std::optional<ForkName> version{};

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
