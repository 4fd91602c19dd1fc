#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"

namespace beacon_api {

/// A node imported a block: topic `block`.
struct BlockEvent {
    chain::Slot slot;
    chain::Root block;
    bool execution_optimistic = false;

    friend bool operator==(const BlockEvent&, const BlockEvent&) = default;
};

/// A node's head moved to another branch: topic `chain_reorg`.
struct ChainReorgEvent {
    chain::Slot slot;
    std::uint64_t depth = 0;
    chain::Root old_head_block;
    chain::Root new_head_block;
    chain::Root old_head_state;
    chain::Root new_head_state;
    chain::Epoch epoch;
    bool execution_optimistic = false;
    /// Hashes of the heads' execution blocks; absent where the node sends none, or what is no hash.
    std::optional<chain::Root> old_head_hash{};
    std::optional<chain::Root> new_head_hash{};

    friend bool operator==(const ChainReorgEvent&, const ChainReorgEvent&) = default;
};

/// A topic that we do not decode, kept as it came; an EventStream makes it fit to be shown.
struct OtherEvent {
    std::string topic;
    std::string data;

    friend bool operator==(const OtherEvent&, const OtherEvent&) = default;
};

/// An event of an extra topic: any JSON object.
struct ExtraEvent {
    std::string topic;
    /// On one line, otherwise as it came.
    std::string data;
    /// SHA-256 of topic and data, whatever the order of members.
    chain::Root content;

    friend bool operator==(const ExtraEvent&, const ExtraEvent&) = default;
};

using ChainEvent = std::variant<chain::Head, BlockEvent, ChainReorgEvent,
                                chain::FinalizedCheckpoint, OtherEvent, ExtraEvent>;

/// The longest data of a topic that we decode; the longest known is half a kilobyte.
inline constexpr std::size_t kDecodedEventBytesMax = std::size_t{64} * 1024;
/// The longest data of an extra topic: an attester slashing may name thousands of validators.
inline constexpr std::size_t kExtraEventBytesMax = std::size_t{512} * 1024;

/// Decodes events. One object for one loop: it keeps its buffers, so that a warm one allocates
/// nothing for the topics that it knows. Not thread-safe.
class EventDecoder {
  public:
    /// `extra_topics` are those of which any JSON object is an event.
    explicit EventDecoder(std::vector<std::string> extra_topics = {});
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
