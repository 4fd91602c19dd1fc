#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include <boost/container/flat_set.hpp>

#include "base/clock.hpp"
#include "beacon_api/events.hpp"
#include "chain/root.hpp"
#include "chain/spec.hpp"
#include "monitor/slots/ancestry.hpp"
#include "monitor/slots/head_claims.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// Which branches were dropped. A reorg needs a node that moved: a head of it that is no ancestor
/// of its next one. It is confirmed when the best of the proven heads went the same way, or when
/// the node reported it by `chain_reorg`; that event alone is a claim, which the parents can
/// refute; or, where no majority can prove either branch, when it joined another node's. While
/// nodes stay on two branches, which of them is higher is no reorg. A dropped head is reported
/// once, until some node has it again. Pure.
class ReorgDetector {
  public:
    /// Moves of one node that are remembered.
    static constexpr std::size_t kMovesMax = 16;
    /// The same for claims, and so how often it may claim.
    static constexpr std::size_t kClaimsMax = 4;
    /// Heads whose fall is remembered.
    static constexpr std::size_t kFallsMax = 64;

    /// For so long a move waits for parents and for the best head to follow it, and a depth for the
    /// headers that make it exact.
    void set_patience(base::Duration patience) {
        patience_ = patience;
        all_due_at_ = base::MonoTime::min();
    }

    /// A node's head.
    void head(updates::NodeId node, const chain::Root& root, base::MonoTime at);
    /// It is no candidate any more.
    void forget(updates::NodeId node);
    /// A node reported it. Nothing when its fall is known, or when the node claims too much.
    [[nodiscard]] std::optional<updates::Reorg> reported(updates::NodeId node,
                                                         const beacon_api::ChainReorgEvent& event,
                                                         base::MonoTime at);
    /// The best of the proven heads.
    void best_head(const chain::Root& root, base::MonoTime now);

    struct NodeReorg {
        updates::NodeId node;
        updates::HeadReorg reorg;
    };
    struct Found {
        std::vector<updates::Reorg> reorgs;
        std::vector<NodeReorg> of_nodes;
    };
    /// What the parents prove by now.
    [[nodiscard]] Found settle(const Ancestry& ancestry, const HeadClaims& claims,
                               base::MonoTime now);
    [[nodiscard]] std::vector<MissingHeader> missing(const Ancestry& ancestry,
                                                     const HeadClaims& claims) const;

  private:
    struct Move {
        chain::Root from;
        chain::Root to;
        base::MonoTime at;
        /// How many blocks were dropped, once the parents prove that `from` was.
        std::optional<Ancestry::Depth> dropped;
    };
    struct Claim {
        chain::Root old_head;
        chain::Root new_head;
        base::MonoTime at;
        bool is_settled = false;
    };
    struct Node {
        std::optional<chain::Root> head;
        /// A handful, the oldest first: its memory stays.
        std::vector<Move> moves;
        std::deque<Claim> claims;
    };

    [[nodiscard]] bool has_fallen(const chain::Root& old_head) const;
    /// The depth, once it is exact or its headers have had their time.
    [[nodiscard]] std::optional<Ancestry::Depth> find_depth(const chain::Root& old_head,
                                                            const chain::Root& new_head,
                                                            const Ancestry& ancestry,
                                                            base::MonoTime since,
                                                            base::MonoTime now) const;
    /// A node that falls back to an ancestor of its head, or repeats an old one, has dropped
    /// nothing until it goes on by another branch.
    static void skip_falls_back(Node& node, const Ancestry& ancestry);
    /// Those of all nodes when headers have come or time has run out since, else those of nodes
    /// that have moved: what a head costs does not grow with the number of nodes.
    void settle_moves(const Ancestry& ancestry, base::MonoTime now, Found& found);
    void settle_moves_of(updates::NodeId id, Node& node, const Ancestry& ancestry,
                         base::MonoTime now, Found& found);
    void settle_claim(updates::NodeId id, const Node& node, Claim& claim, const Ancestry& ancestry,
                      const HeadClaims& claims, base::MonoTime now, Found& found);
    /// Reorgs among less than three good nodes: there neither of two branches is proven, and so no
    /// best of the proven heads moves. A node that has left its branch for a head which is proven
    /// since has dropped it.
    void settle_joins(const HeadClaims& claims, Found& found);
    void settle_best(const Ancestry& ancestry, base::MonoTime now, Found& found);
    /// Whether some node moved from the branch of one to that of the other.
    [[nodiscard]] bool has_mover(const chain::Root& from, const chain::Root& to,
                                 const Ancestry& ancestry) const;
    /// Whether some node's head is on the branch of `tip` and not on that of `other`.
    [[nodiscard]] bool is_held(const chain::Root& tip, const chain::Root& other,
                               const Ancestry& ancestry) const;
    void confirm(const updates::Reorg& reorg, Found& found);

    base::Duration patience_ = 4 * chain::kDefaultSlotDuration;
    updates::NodeMap<Node> nodes_;
    /// Whose moves have changed since they were looked at, and who has claims or moves from a
    /// dropped branch. By their names.
    boost::container::flat_set<updates::NodeId> moved_;
    std::set<updates::NodeId> claimants_;
    std::set<updates::NodeId> droppers_;
    /// The headers that all moves were looked at with last, and when time decides about one next.
    std::uint64_t version_ = 0;
    base::MonoTime all_due_at_ = base::MonoTime::min();
    /// The best head that the next one is compared with.
    std::optional<chain::Root> tip_;
    /// The best head now, while it is not known to go on from `tip_`.
    std::optional<chain::Root> best_;
    base::MonoTime best_since_;
    /// Dropped heads whose fall was confirmed, oldest first.
    std::deque<chain::Root> fallen_;
};

}  // namespace monitor
