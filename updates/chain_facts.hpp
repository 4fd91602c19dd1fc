#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "chain/attestation_deadline.hpp"
#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "updates/node_id.hpp"

namespace updates {

/// Where a head came from: the event stream, or a REST request after its opening that fills the
/// gap.
enum class HeadSource : std::uint8_t { kStream, kPoll };

/// "stream", "poll".
[[nodiscard]] std::string_view to_string(HeadSource source);

/// MAXIMUM_GOSSIP_CLOCK_DISPARITY: by its own clock no node accepts a block earlier before its
/// slot.
/// https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/p2p-interface.md#configuration
inline constexpr base::Duration kGossipDisparity = std::chrono::milliseconds{500};

/// How near to its slot a head came, and so which times it has.
enum class HeadTimeliness : std::uint8_t {
    /// Of the clock's slot or the one before, by stream: timed.
    kLive,
    /// More than one slot older than the clock's: too old to be timed, never late.
    kStale,
    /// The node is syncing, or the head came in a burst of ascending slots: never timed, never
    /// best.
    kBackfill,
    /// By more than MAXIMUM_GOSSIP_CLOCK_DISPARITY before its slot: no node can have it, and our
    /// clock is not in doubt. Never timed, never best.
    kEarly,
    /// Asked for by REST: cached, never timed.
    kPolled,
};

/// "live", "stale", "backfill", "early", "polled".
[[nodiscard]] std::string_view to_string(HeadTimeliness timeliness);

/// The times of one report of a head; travels with NodeHead.
struct HeadTiming {
    HeadTimeliness timeliness = HeadTimeliness::kLive;
    /// This node has reported this root and payload status before: no news.
    bool is_repeat = false;
    /// This node has reported this root before, and now its payload: the times are the payload's.
    bool is_payload = false;
    /// From the slot's start, negative when earlier; present for live heads once slot time is
    /// known.
    std::optional<base::Duration> delay;
    /// Present with `delay`, for the node's first report of this root: what follows (the payload
    /// came in) has no attestation deadline.
    std::optional<chain::AttestationDeadline> deadline;

    [[nodiscard]] bool is_late() const {
        return delay && deadline && *delay > deadline->after_start;
    }

    friend bool operator==(const HeadTiming&, const HeadTiming&) = default;
};

/// How sure a fact is that rests on the parents of blocks.
enum class Certainty : std::uint8_t {
    /// A node reported it; the parents are not known yet.
    kUnconfirmed,
    kConfirmed,
    /// The parents prove that there was none.
    kRefuted,
};

/// "unconfirmed", "confirmed", "refuted".
[[nodiscard]] std::string_view to_string(Certainty certainty);

/// A reported head is proven: its header hashes to its root, and a second node reported it or a
/// block on top of it; or its own word has to do, where only one node is in good standing. Slot and
/// parent are the header's. What nodes reported of this root counts from now on.
struct HeadProven {
    chain::Root block;
    chain::Slot slot;
    chain::Root parent;

    friend bool operator==(const HeadProven&, const HeadProven&) = default;
};

/// One node's head moved to a branch that does not hold its old one.
struct HeadReorg {
    chain::Root old_head;
    chain::Root new_head;
    /// Blocks dropped, counted from `old_head` down to the common ancestor.
    std::uint64_t depth = 0;
    /// False: there are at least so many.
    bool is_depth_exact = true;

    friend bool operator==(const HeadReorg&, const HeadReorg&) = default;
};

/// A branch was dropped for another by a node that moved. Published at once when a node reports it
/// (unconfirmed, for one node's word is a claim), and when the parents are known.
struct Reorg {
    chain::Root old_head;
    chain::Root new_head;
    /// Blocks dropped, counted from `old_head` down to the common ancestor; while unconfirmed what
    /// the node claims, which may be wrong.
    std::uint64_t depth = 0;
    Certainty certainty = Certainty::kUnconfirmed;
    /// The node whose `chain_reorg` reported it first; absent where only the best head moved.
    std::optional<NodeId> reported_by;
    /// False: at least so many blocks were dropped.
    bool is_depth_exact = true;

    friend bool operator==(const Reorg&, const Reorg&) = default;
};

/// A node's finalized checkpoint.
struct Finalized {
    NodeId node;
    chain::FinalizedCheckpoint checkpoint;

    friend bool operator==(const Finalized&, const Finalized&) = default;
};

/// A node imported a block: its event `block`. One node's word, as it came.
struct NodeBlock {
    NodeId node;
    chain::Slot slot;
    chain::Root block;
    bool execution_optimistic = false;

    friend bool operator==(const NodeBlock&, const NodeBlock&) = default;
};

/// A node's event `chain_reorg`, as it came: a claim. What became of it is a Reorg.
struct NodeReorg {
    NodeId node;
    /// Of the new head.
    chain::Slot slot;
    std::uint64_t depth = 0;
    chain::Root old_head_block;
    chain::Root new_head_block;
    chain::Root old_head_state;
    chain::Root new_head_state;
    chain::Epoch epoch;
    bool execution_optimistic = false;
    /// Of the heads' execution blocks, where the node tells them.
    std::optional<chain::Root> old_head_hash{};
    std::optional<chain::Root> new_head_hash{};

    friend bool operator==(const NodeReorg&, const NodeReorg&) = default;
};

/// A node's event of a topic that the configuration adds to ours (`extra_topics`): one node's word,
/// which nothing here is concluded from.
struct NodeEvent {
    NodeId node;
    /// As the configuration has it.
    std::string topic;
    /// A JSON object on one line, its members in the node's order.
    std::string data;
    /// SHA-256 of topic and data, whatever the order of members: the same of two nodes is one fact.
    chain::Root content;

    friend bool operator==(const NodeEvent&, const NodeEvent&) = default;
};

/// Nodes are on branches of which neither is an ancestor of the other, for more than a sixth of a
/// slot. Published when the parents prove it, again when a node changes its branch, and when all of
/// them are on one line.
struct HeadSplit {
    struct Branch {
        chain::Root head;
        chain::Slot slot;
        std::vector<NodeId> nodes;

        friend bool operator==(const Branch&, const Branch&) = default;
    };
    /// The branches' heads as they are when this is published, highest slot first; empty when over.
    /// A node whose head is an ancestor of several branches is in none.
    std::vector<Branch> branches;
    /// When the two heads that prove it were first reported beside each other.
    base::MonoTime since;
    bool is_over = false;

    friend bool operator==(const HeadSplit&, const HeadSplit&) = default;
};

/// A node's head is an ancestor of another node's, for more than a sixth of a slot; or no longer.
struct NodeBehind {
    NodeId node;
    bool is_behind = false;
    chain::Slot slot;
    /// The highest head that descends from the node's.
    chain::Slot best_slot;

    friend bool operator==(const NodeBehind&, const NodeBehind&) = default;
};

enum class Verdict : std::uint8_t {
    /// Before the attestation deadline.
    kOnTime,
    /// After it.
    kLate,
    /// No node had a block.
    kMissed,
    /// Every node that reported it had not verified its payload.
    kOptimistic,
    /// No healthy stream was open throughout the slot; or what was reported of it is not proven,
    /// and
    /// no later head passes over it.
    kUnknown,
};

/// "on_time", "late", "missed", "optimistic", "unknown".
[[nodiscard]] std::string_view to_string(Verdict verdict);

/// What became of one slot, published at the next slot's end.
struct SlotVerdict {
    chain::Slot slot;
    Verdict verdict = Verdict::kUnknown;
    /// Of a verified head, else of an optimistic one; absent, as root and delay, where the verdict
    /// is kMissed or kUnknown.
    std::optional<NodeId> first_reported_by;
    std::optional<chain::Root> root;
    std::optional<base::Duration> delay;
    /// The deadline that decided.
    chain::AttestationDeadline deadline;

    friend bool operator==(const SlotVerdict&, const SlotVerdict&) = default;
};

/// How far this machine's clock is off, from the nodes' HTTP dates, heads that came before their
/// slot's start, and the kernel's synchronisation state. Published once a slot while there is
/// anything to publish, and at once when the level changes.
struct ClockSkew {
    enum class Level : std::uint8_t {
        /// Nothing contradicts the clock.
        kNone,
        /// Off by enough to spoil delays.
        kSkewed,
        /// Off by more than a slot against all nodes: no slot is judged.
        kVerdictsSuspended,
    };
    Level level = Level::kNone;
    /// Ours minus the nodes': positive when our clock is ahead. Absent while no node has shown any,
    /// whatever the kernel says.
    std::optional<base::Duration> offset;
    /// The true offset lies within this of `offset`; zero where only early heads prove it: then our
    /// clock is behind by at least that much. Absent with `offset`.
    std::optional<base::Duration> uncertainty;
    /// Whether the kernel's clock is synchronised (adjtimex, STA_UNSYNC); absent where it cannot be
    /// asked.
    std::optional<bool> kernel_synchronised;

    friend bool operator==(const ClockSkew&, const ClockSkew&) = default;
};

/// "none", "skewed", "verdicts_suspended".
[[nodiscard]] std::string_view to_string(ClockSkew::Level level);

/// Something between this node and us holds its events back, or no longer.
struct StreamBuffered {
    NodeId node;
    bool is_buffered = false;

    friend bool operator==(const StreamBuffered&, const StreamBuffered&) = default;
};

/// Facts that rest on more than one report.
using SlotFact = std::variant<HeadProven, Reorg, HeadSplit, NodeBehind, SlotVerdict>;

}  // namespace updates
