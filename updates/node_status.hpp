#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
    /// Not settled yet: its heads wait.
    kUnchecked,
    kMatch,
    /// On another chain: no stream, no heads, one check a slot.
    kMismatch,
    /// Has answered, and as many nodes name another chain: nobody is wrong. Heads of a node that
    /// had
    /// passed before go on to count, those of others wait.
    kDisputed,
    /// The config says that its heads count without a check.
    kOff,
};

/// "unchecked", "match", "mismatch", "disputed", "off".
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
enum class BreakerState : std::uint8_t {
    kClosed,
    kOpen,
    kHalfOpen,
    /// The node has asked to be left alone for a while (`Retry-After`).
    kRetryAfter,
};

/// "closed", "open", "half_open", "retry_after".
[[nodiscard]] std::string_view to_string(BreakerState state);

/// Slots by which a node's own head may be older than the clock's: missed slots come in ones and
/// twos.
inline constexpr std::uint64_t kHeadAgeMax = 3;

/// Events of the topics without heads that are used of one node, from tick to tick: a node that
/// catches up reports some hundred blocks.
inline constexpr std::uint64_t kNodeEventsMax = 256;
/// Events of extra topics of one node that are used in a slot, and their data together.
inline constexpr std::uint64_t kNodeExtraEventsMax = 256;
inline constexpr std::size_t kNodeExtraBytesMax = std::size_t{512} * 1024;

/// What a node is asked by REST.
enum class RestQuestion : std::uint8_t {
    kGenesis,
    kSpec,
    kVersion,
    kSyncing,
    /// The header of its head.
    kHead,
    /// The header of a block that it reported itself.
    kHeader,
};

inline constexpr std::array kRestQuestions{RestQuestion::kGenesis, RestQuestion::kSpec,
                                           RestQuestion::kVersion, RestQuestion::kSyncing,
                                           RestQuestion::kHead,    RestQuestion::kHeader};

/// "genesis", "spec", "version", "syncing", "head", "header".
[[nodiscard]] std::string_view to_string(RestQuestion question);
/// "/eth/v1/config/spec".
[[nodiscard]] std::string_view path_of(RestQuestion question);

/// A question that a node has not answered for longer than its patience.
struct UnansweredQuestion {
    RestQuestion question = RestQuestion::kGenesis;
    /// What came instead, the last time: "status 403"; printable.
    std::string reason;
    /// Slots in a row in which it was asked.
    std::uint32_t slots = 0;

    friend bool operator==(const UnansweredQuestion&, const UnansweredQuestion&) = default;
};

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
    /// And the extra topics of the configuration beside it.
    bool has_extra_topics = false;
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
    /// What it reported in several slots in a row could not be proven: its heads count for nothing
    /// until they are.
    bool is_unproven = false;
    /// Its own head, by REST, is more than kHeadAgeMax slots older than the clock's, and it does
    /// not say that it is syncing; until it answers otherwise.
    bool is_head_old = false;
    /// Its own clock is off: so its dates say against the evidence that ours is right; until the
    /// same evidence says otherwise.
    bool is_clock_off = false;
    /// Heads beyond the limit of a slot, not used, since the program started.
    std::uint64_t dropped_heads = 0;
    /// Events of the other topics beyond kNodeEventsMax in a slot, not used, since the program
    /// started.
    std::uint64_t dropped_events = 0;
    /// Events of extra topics that are too long, repeat secrets or are beyond kNodeExtraEventsMax
    /// or kNodeExtraBytesMax in a slot, not used, since the program started.
    std::uint64_t dropped_extra_events = 0;
    /// The last time that its head moved to a branch which does not hold its old one.
    std::optional<HeadReorg> last_reorg{};
    /// Which chain it reports: "hoodi", or its genesis validators root in short; empty until it
    /// did.
    std::string network{};
    /// What it leaves unanswered, in the order of the enumerators.
    std::vector<UnansweredQuestion> unanswered{};
    /// `syncing` is of the last slots. Without it only what is wrong by `syncing` still holds: that
    /// ends through an answer alone.
    bool is_sync_current = true;
    /// Its last head, by stream or by REST; empty until it had one.
    std::optional<bool> is_head_optimistic{};
    /// With `breaker` kRetryAfter: for how much longer it is left alone, when this was published.
    std::optional<base::Duration> rest_retry_after{};
    /// Members of its spec that cannot be read, comma-separated; they count as absent.
    std::string odd_spec_members{};

    friend bool operator==(const NodeStatus&, const NodeStatus&) = default;
};

}  // namespace updates
