#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <boost/container/static_vector.hpp>

#include "base/bounded_map.hpp"
#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "monitor/slots/ancestry.hpp"
#include "updates/node_id.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// Which reported heads are proven, and whose are not: one node's word is a claim.
///
/// A head is proven when its header is known (which hashes to its root) and a second node reported
/// it or a block on top of it; where only one node is in good standing its own word has to do, once
/// it has been alone for two ticks and no other node has a head of its own by REST: streams of
/// sound nodes are opened anew at the same moment, and fall still, too. A hash alone proves
/// nothing: a header can be made up that hashes well.
///
/// A claim is contradicted when its header says another slot or state than the node, when the node
/// serves a header that does not hash to it, when it came before any node can have the block and no
/// other node has it, or when two other nodes agree on a head at or above its slot that is not
/// built on it. A node whose claims were contradicted in three slots in a row, or in more than a
/// third of its slots for long enough, is unproven until all of a slot's are proven. What is
/// neither proven nor contradicted changes nothing: two nodes on two branches are each other's word
/// against the other's. Pure.
class HeadClaims {
  public:
    static constexpr std::size_t kRootsMax = 1024;
    /// Heads of one node from tick to tick; more are not used.
    static constexpr std::size_t kHeadsOfSlotMax = 64;
    /// Headers that are requested for one node's heads of one slot.
    static constexpr std::size_t kHeadersOfSlotMax = 4;
    /// A slot with a contradicted claim adds to the doubt of a node, a proven one takes one away;
    /// three of those in a row make it unproven, and so do more than one in three for long enough.
    static constexpr int kDoubtOfContradiction = 2;
    static constexpr int kDoubtMax = 3 * kDoubtOfContradiction;
    /// Slots that wait for evidence.
    static constexpr std::size_t kOpenSlotsMax = 3;
    /// Nodes with a say from which on one alone can be outvoted.
    static constexpr std::size_t kNodesWithMajority = 3;

    /// A candidate: one that is new has two ticks to come into good standing before others are
    /// taken to be alone.
    void expect(updates::NodeId node);
    /// Whether the node is in good standing but for its claims: its stream is open, it is on our
    /// chain, in sync, neither silent nor stalled.
    void set_good_standing(updates::NodeId node, bool is_good);
    /// Another chain is followed: nothing of the old one proves anything.
    void start_over();
    /// It is no candidate any more.
    void forget(updates::NodeId node) {
        nodes_.erase(node);
        counts_.reset();
    }

    /// The slot's tick, before anything changes by it: of each node so many heads are used again.
    void on_tick();
    /// A node sent a head. False when it has sent too many since the tick: this one is not to be
    /// used.
    [[nodiscard]] bool admit(updates::NodeId node);
    /// A head that was admitted is a claim. `is_recent`: of the last slots, as the head of a node
    /// that goes on is.
    void reported(updates::NodeId node, const chain::Head& head, bool is_recent,
                  const Ancestry& ancestry);
    /// By REST the node has this head, of the last slots, which is no claim: whatever is wrong with
    /// its stream, it speaks for the block, and the others are not alone.
    void has_head(updates::NodeId node, const chain::Root& root, const Ancestry& ancestry);
    /// The header of this block was added to `ancestry`.
    void header_added(const chain::Root& root, const Ancestry& ancestry);
    /// The node reported this head before any node can have it, by a clock that is not in doubt.
    void came_early(updates::NodeId node, const chain::Root& root);
    /// The node served a header under this root that is not the root's, or that no block can have.
    void header_refused(updates::NodeId node, const chain::Root& root);

    struct Proven {
        chain::Root root;
        chain::Slot slot;
        chain::Root parent;
    };
    /// What has been proven since the last call.
    [[nodiscard]] std::vector<Proven> settle(const Ancestry& ancestry);

    struct Standing {
        updates::NodeId node;
        bool is_unproven = false;
    };
    /// A slot is over: judges its claims, and those of the slots before that were unknown then.
    /// Answers whose standing changed.
    [[nodiscard]] std::vector<Standing> end_slot(const Ancestry& ancestry);

    [[nodiscard]] bool is_proven(const chain::Root& root) const;
    [[nodiscard]] bool is_unproven(updates::NodeId node) const;
    /// How many nodes are in good standing or were so at one of the last two ticks, their claims
    /// included.
    [[nodiscard]] std::size_t good_nodes() const { return counts().good; }
    /// How many nodes have a say: those, and who has a head of the last slots by REST.
    [[nodiscard]] std::size_t voices() const { return counts().voices; }
    /// Whether enough nodes reported the head for it to be proven once its header is known.
    [[nodiscard]] bool is_agreed(const chain::Root& root) const;
    /// The heads whose headers are needed, each with the node that reported it first.
    [[nodiscard]] std::vector<MissingHeader> missing(const Ancestry& ancestry) const;
    /// Who reported a head first; absent when nobody did.
    [[nodiscard]] std::optional<updates::NodeId> first_reporter(const chain::Root& root) const;

  private:
    static constexpr std::size_t kSupportersMax = 8;

    /// What is known of one root.
    struct Block {
        /// In the order in which they reported it or a block on top of it; enough of them to
        /// decide.
        boost::container::static_vector<updates::NodeId, kSupportersMax> supporters;
        std::optional<updates::NodeId> first_reporter;
        bool is_proven = false;
    };
    struct Claim {
        chain::Root root;
        chain::Slot slot;
        /// Empty where it may be the state behind the payload, which no header names.
        std::optional<chain::Root> state;
        bool is_refused = false;
        bool is_early = false;
    };
    enum class State : std::uint8_t { kProven, kContradicted, kUnknown };
    struct Node {
        bool is_good = false;
        /// At the last two ticks.
        std::array<bool, 2> was_good{};
        bool is_unproven = false;
        /// Of its claims, up to kDoubtMax.
        int doubt = 0;
        /// It had a head of the last slots in this slot, and in the one before.
        std::array<bool, 2> recent_heads{};
        /// Heads since the tick, claims or not.
        std::size_t admitted = 0;
        /// Of this slot.
        std::vector<Claim> current;
        /// Of the slots before that were unknown when they ended, for headers were on their way or
        /// the others had not gone on yet.
        std::deque<std::vector<Claim>> open;
    };
    struct Counts {
        std::size_t good = 0;
        std::size_t voices = 0;
    };

    [[nodiscard]] const Counts& counts() const;

    [[nodiscard]] static bool has_recent_head(const Node& node);
    void set_recent(Node& node);
    /// The node whose own word has to do.
    [[nodiscard]] std::optional<updates::NodeId> find_alone() const;
    /// There are claims, and the headers of all of them.
    [[nodiscard]] static bool has_headers(const std::vector<Claim>& claims,
                                          const Ancestry& ancestry);
    /// What its claims, now that their slot is over, do to the node's standing.
    void judge(updates::NodeId id, Node& node, const Ancestry& ancestry);
    /// Adds a supporter to a block and to those below it.
    void support(chain::Root root, updates::NodeId node, const Ancestry& ancestry);
    /// Whether enough nodes that are believed, but for this one, have the block.
    [[nodiscard]] bool is_supported(const Block& block,
                                    std::optional<updates::NodeId> but = {}) const;
    /// `is_new`: the slot of the claims has only just ended.
    [[nodiscard]] State state_of(updates::NodeId node, const Claim& claim, bool is_new,
                                 const Ancestry& ancestry) const;
    /// Of all claims of a slot: contradicted when one is, proven when all are.
    [[nodiscard]] State state_of(updates::NodeId node, const std::vector<Claim>& claims,
                                 bool is_new, const Ancestry& ancestry) const;

    updates::NodeMap<Node> nodes_;
    /// Of `nodes_`; empty once it has changed, until it is asked for.
    mutable std::optional<Counts> counts_;
    base::BoundedMap<chain::Root, Block> blocks_{kRootsMax};
    /// Reported, with a header, and not proven: oldest first.
    std::deque<chain::Root> open_;
    /// Proven lately, newest last.
    std::deque<Proven> proven_;
};

}  // namespace monitor
