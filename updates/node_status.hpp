#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "chain/sync_status.hpp"
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
    /// Events of a type that was not requested, since the program started, and how the last one may
    /// be named: a literal of the program, empty while there was none.
    std::uint64_t ignored = 0;
    std::string_view last_ignored{};
    NetworkCheck network_check = NetworkCheck::kUnchecked;
    /// What the stream asks for, or asked for last.
    TopicSet topic_set = TopicSet::kHeadV2Full;
    /// Of `/eth/v1/node/syncing`, as it was answered last; empty until it was.
    std::optional<chain::SyncStatus> syncing{};
    BreakerState breaker = BreakerState::kClosed;
    /// Its event stream answered with a `Retry-After`: it is not opened before. Empty while it may
    /// be.
    std::optional<base::Instant> retry_at{};
    /// No byte for longer than its client keeps quiet; until one comes.
    bool is_silent = false;
    /// Its own head moved by REST and its stream gave nothing new; until a new head comes.
    bool is_stalled = false;
    /// Its head is an ancestor of another node's, for more than a sixth of a slot.
    bool is_behind = false;
    /// In most slots it reports the head more than a sixth of a slot after the first node.
    bool is_lagging = false;
    /// Something between the node and us holds its events back.
    bool is_buffered = false;

    friend bool operator==(const NodeStatus&, const NodeStatus&) = default;
};

}  // namespace updates
