#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/root.hpp"
#include "base/slot.hpp"
#include "beacon_api/events.hpp"
#include "monitor/candidate.hpp"

namespace monitor {

/// Where a head came from: the event stream, or a question after its opening that fills the gap.
enum class HeadSource : std::uint8_t { kStream, kPoll };

[[nodiscard]] std::string_view to_string(HeadSource source);

/// MAXIMUM_GOSSIP_CLOCK_DISPARITY: by its own clock no node takes a block earlier before its slot.
inline constexpr base::Duration kGossipDisparity = std::chrono::milliseconds{500};

/// How near to its slot a head came: what may be said of its time.
enum class HeadAge : std::uint8_t {
    /// Of the clock's slot or the one before, by stream: timed.
    kLive,
    /// More than one slot older than the clock's: too old to be timed, never late.
    kOld,
    /// The node is syncing, or the head came in a burst of ascending slots: never timed, never
    /// best.
    kCatchUp,
    /// Asked for by REST: cached, never timed.
    kPolled,
};

[[nodiscard]] std::string_view to_string(HeadAge age);

/// When attestations of a slot are due.
struct AttestationDeadline {
    /// After the slot's start.
    base::Duration after_start{};
    /// No node's spec has said so.
    bool assumed = false;

    friend bool operator==(const AttestationDeadline&, const AttestationDeadline&) = default;
};

/// The times of one report of a head; travels with NodeHead.
struct HeadTiming {
    HeadAge age = HeadAge::kLive;
    /// This node has told this root and payload status before: no news.
    bool is_repeat = false;
    /// From the slot's start, negative when earlier; present for live heads once slot time is
    /// known.
    std::optional<base::Duration> delay;
    /// Present with `delay`, for the node's first report of this root: what follows (the payload
    /// came in) has no attestation deadline.
    std::optional<AttestationDeadline> deadline;

    [[nodiscard]] bool is_late() const {
        return delay && deadline && *delay > deadline->after_start;
    }

    friend bool operator==(const HeadTiming&, const HeadTiming&) = default;
};

/// How sure a fact is that rests on the parents of blocks.
enum class Certainty : std::uint8_t {
    /// A node said so; the parents are not known yet.
    kUnconfirmed,
    kConfirmed,
    /// The parents say that it was none.
    kRefuted,
};

[[nodiscard]] std::string_view to_string(Certainty certainty);

/// A branch was dropped for another. Told at once when a node says so (unconfirmed), and when the
/// parents are known.
struct Reorg {
    base::Root old_head;
    base::Root new_head;
    /// Blocks dropped, counted from `old_head` down to the common ancestor; while unconfirmed what
    /// the node claims, which may be wrong.
    std::uint64_t depth = 0;
    Certainty certainty = Certainty::kUnconfirmed;
    /// The node whose `chain_reorg` said so first; absent where only the best head told it.
    std::optional<CandidateId> told_by;

    friend bool operator==(const Reorg&, const Reorg&) = default;
};

/// A node's finalized checkpoint.
struct Finalized {
    CandidateId candidate;
    beacon_api::FinalizedCheckpointEvent checkpoint;

    friend bool operator==(const Finalized&, const Finalized&) = default;
};

/// Nodes are on branches of which neither is an ancestor of the other, for more than a sixth of a
/// slot. Told when the parents prove it, and again when it is over.
struct HeadSplit {
    struct Branch {
        base::Root head;
        base::Slot slot;
        std::vector<CandidateId> nodes;

        friend bool operator==(const Branch&, const Branch&) = default;
    };
    /// The branches' heads as they are when this is told, highest slot first; empty when over.
    /// Nodes that are only behind stand in none.
    std::vector<Branch> branches;
    /// When the two heads that prove it stood beside each other first.
    base::MonoTime since;
    bool is_over = false;

    friend bool operator==(const HeadSplit&, const HeadSplit&) = default;
};

/// A node's head is an ancestor of another node's, for more than a sixth of a slot; or no longer.
struct NodeBehind {
    CandidateId candidate;
    bool is_behind = false;
    base::Slot slot;
    /// The highest head that descends from the node's.
    base::Slot best_slot;

    friend bool operator==(const NodeBehind&, const NodeBehind&) = default;
};

enum class Verdict : std::uint8_t {
    /// Before the attestation deadline.
    kSeen,
    /// After it.
    kLate,
    /// No node had a block.
    kMissed,
    /// Seen, but every node that reported it had not verified its payload.
    kOptimistic,
    /// No healthy stream was open throughout the slot, or none can vouch that there was nothing.
    kUnknown,
};

[[nodiscard]] std::string_view to_string(Verdict verdict);

/// What became of one slot, told at the next slot's end.
struct SlotVerdict {
    base::Slot slot;
    Verdict verdict = Verdict::kUnknown;
    /// The first head that was seen: of a verified one, else of an optimistic one.
    std::optional<CandidateId> by;
    std::optional<base::Root> root;
    std::optional<base::Duration> delay;
    /// The deadline that it was judged by.
    AttestationDeadline deadline;

    friend bool operator==(const SlotVerdict&, const SlotVerdict&) = default;
};

/// What the machine's clock is worth, from the kernel's word, the nodes' HTTP dates and heads that
/// came before their slot's start.
struct ClockDoubt {
    enum class Level : std::uint8_t {
        /// Nothing speaks against the clock; told after one of the others only.
        kNone,
        /// Off by enough to spoil delays.
        kOff,
        /// Off by more than a slot against all nodes: verdicts rest.
        kVerdictsRest,
    };
    Level level = Level::kNone;
    /// Ours minus the nodes': positive when our clock is ahead.
    base::Duration offset{};
    /// The true offset lies within this of `offset`; zero where only early heads have told it,
    /// which say that the clock is behind by at least that much.
    base::Duration uncertainty{};
    /// The kernel's word; absent where it cannot be asked.
    std::optional<bool> kernel_synchronised;

    friend bool operator==(const ClockDoubt&, const ClockDoubt&) = default;
};

[[nodiscard]] std::string_view to_string(ClockDoubt::Level level);

/// Something between this node and us holds its events back, or no longer.
struct ProxyDoubt {
    CandidateId candidate;
    bool is_buffered = false;

    friend bool operator==(const ProxyDoubt&, const ProxyDoubt&) = default;
};

/// What an operator can do about a `buffered` stream.
inline constexpr std::string_view kBufferedHint =
    "a proxy holds events back; in nginx set for this path: proxy_buffering off; proxy_cache off; "
    "proxy_http_version 1.1; proxy_read_timeout 1h;";

/// Facts that rest on more than one report.
using SlotFact = std::variant<Reorg, HeadSplit, NodeBehind, SlotVerdict>;

}  // namespace monitor
