#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "chain/sync_status.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_id.hpp"

namespace updates {

enum class StreamState : std::uint8_t {
    /// Name lookup, TCP, TLS.
    kConnecting,
    /// The request is sent; the node has not answered yet.
    kWaiting,
    /// Accepted header or first byte.
    kOpen,
    kEnded,
};

/// "connecting", "waiting", "open", "ended".
[[nodiscard]] std::string_view to_string(StreamState state);

/// Whether a node is on our chain.
enum class NetworkCheck : std::uint8_t {
    /// Has never answered: its heads wait.
    kUnchecked,
    kMatch,
    /// On another chain: no stream, no heads, one check a slot.
    kMismatch,
};

/// "unchecked", "match", "mismatch".
[[nodiscard]] std::string_view to_string(NetworkCheck check);

/// The topics that a node is asked for, from the richest set to the one that works everywhere.
enum class TopicSet : std::uint8_t {
    /// `head_v2` and the optional topics.
    kHeadV2Full,
    /// `head` and the optional topics.
    kHeadFull,
    /// `head` alone.
    kHeadOnly,
};

/// "head_v2_full", "head_full", "head_only".
[[nodiscard]] std::string_view to_string(TopicSet set);

/// Whether a node's REST API is asked: closed while it answers.
enum class BreakerState : std::uint8_t { kClosed, kOpen, kHalfOpen };

/// "closed", "open", "half_open".
[[nodiscard]] std::string_view to_string(BreakerState state);

/// Slots by which a node's own head may be older than the clock's: missed slots come in ones and
/// twos.
inline constexpr std::uint64_t kHeadAgeMax = 4;

/// Facts about a node, published when one of them changes and once per tick.
struct NodeStatus {
    NodeId node;
    StreamState state = StreamState::kEnded;
    /// As `/eth/v1/node/version` has it, made printable; empty until it answered.
    std::string version{};
    /// No reconnect resets these.
    std::optional<base::Instant> last_byte{};
    std::optional<base::Instant> last_head{};
    /// Since the program started; ends by our own side are none.
    std::uint64_t disconnects = 0;
    /// Malformed events of optional topics since the program started.
    std::uint64_t malformed = 0;
    NetworkCheck network_check = NetworkCheck::kUnchecked;
    /// What the stream asks for, or asked for last.
    TopicSet topic_set = TopicSet::kHeadV2Full;
    /// Of `/eth/v1/node/syncing`, as it was answered last; empty until it was.
    std::optional<chain::SyncStatus> syncing{};
    BreakerState breaker = BreakerState::kClosed;
    /// No byte for longer than its client keeps quiet; until one comes.
    bool is_silent = false;
    /// Its own head moved by REST and its stream gave none; until one comes.
    bool is_stalled = false;
    /// Its head is an ancestor of another node's, for more than a sixth of a slot.
    bool is_behind = false;
    /// Something between the node and us holds its events back.
    bool is_buffered = false;
    /// What it reported in several slots in a row could not be proven: its heads count for nothing
    /// until they are.
    bool is_unproven = false;
    /// Its own head, by REST, is more than kHeadAgeMax slots older than the clock's, and it does not
    /// say that it is syncing; until it answers otherwise.
    bool is_head_old = false;
    /// Heads beyond the limit of a slot, not used, since the program started.
    std::uint64_t dropped_heads = 0;
    /// The last time that its head moved to a branch which does not hold its old one.
    std::optional<HeadReorg> last_reorg{};

    friend bool operator==(const NodeStatus&, const NodeStatus&) = default;
};

}  // namespace updates
