#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "base/root.hpp"
#include "base/slot.hpp"

namespace beacon_api {

/// Whether a block's execution payload has been revealed and seen (Gloas).
enum class PayloadStatus : std::uint8_t { kEmpty, kFull };

[[nodiscard]] std::string_view to_string(PayloadStatus status);

/// A node's fork choice has a new head: topics `head_v2` and, older, `head` of `GET
/// /eth/v1/events`. https://ethereum.github.io/beacon-APIs/#/Events/eventstream
struct HeadEvent {
    base::Slot slot;
    base::Root block;
    base::Root state;
    bool epoch_transition = false;
    /// Attester duties of the head's epoch stand while this root stays the same
    /// (`previous_duty_dependent_root` in the older topic).
    base::Root current_epoch_dependent_root;
    /// Attester duties of the next epoch stand while this root stays the same
    /// (`current_duty_dependent_root` in the older topic).
    base::Root next_epoch_dependent_root;
    /// Whether the block's execution payload is in; absent before Gloas.
    std::optional<PayloadStatus> payload_status;
    /// The node has not verified the execution payload yet. False when the member is absent.
    bool execution_optimistic = false;

    friend bool operator==(const HeadEvent&, const HeadEvent&) = default;
};

/// A node imported a block: topic `block`.
struct BlockEvent {
    base::Slot slot;
    base::Root block;
    bool execution_optimistic = false;

    friend bool operator==(const BlockEvent&, const BlockEvent&) = default;
};

/// A node's head moved to another branch: topic `chain_reorg`.
struct ChainReorgEvent {
    base::Slot slot;
    std::uint64_t depth = 0;
    base::Root old_head_block;
    base::Root new_head_block;
    base::Root old_head_state;
    base::Root new_head_state;
    base::Epoch epoch;
    bool execution_optimistic = false;

    friend bool operator==(const ChainReorgEvent&, const ChainReorgEvent&) = default;
};

/// Topic `finalized_checkpoint`.
struct FinalizedCheckpointEvent {
    base::Root block;
    base::Root state;
    base::Epoch epoch;
    bool execution_optimistic = false;

    friend bool operator==(const FinalizedCheckpointEvent&,
                           const FinalizedCheckpointEvent&) = default;
};

/// A topic that we do not decode, kept as it came.
struct OtherEvent {
    std::string topic;
    std::string data;

    friend bool operator==(const OtherEvent&, const OtherEvent&) = default;
};

using ChainEvent =
    std::variant<HeadEvent, BlockEvent, ChainReorgEvent, FinalizedCheckpointEvent, OtherEvent>;

/// The longest data of a topic that we decode; the longest known is half a kilobyte.
inline constexpr std::size_t kDecodedEventBytesMax = std::size_t{64} * 1024;

/// Decodes events. One object for one loop: it keeps its buffers, so that a warm one allocates
/// nothing for the topics that it knows. Not thread-safe.
class EventDecoder {
  public:
    EventDecoder();
    EventDecoder(const EventDecoder&) = delete;
    EventDecoder& operator=(const EventDecoder&) = delete;
    ~EventDecoder();

    /// `topic` is the event's type, `data` its JSON. Members we do not know are ignored; optional
    /// ones may be null. A topic we do not decode never fails.
    ///
    /// Fails with kMissingField (absent, or of another type), kBadHex or kOutOfRange, and the
    /// detail names the field; with kMalformedJson or kTooLong, and the detail is the topic.
    [[nodiscard]] base::Result<ChainEvent> decode(std::string_view topic, std::string_view data);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace beacon_api
