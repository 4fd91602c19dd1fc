#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "chain/root.hpp"
#include "monitor/slots/ancestry.hpp"
#include "monitor/slots/head_claims.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// The head of each node that is verified and not from syncing, counted by root: what a head costs
/// grows with the number of different heads, of which there are few, and not with that of nodes.
/// Pure.
class HeadVotes {
  public:
    /// The node's head from now on.
    void set(updates::NodeId node, const chain::Root& root);
    /// It has none any more.
    void erase(updates::NodeId node);

    /// The best of the proven heads: the highest, then the one of most nodes, then `last`. A head
    /// that only unproven nodes have is none.
    [[nodiscard]] std::optional<chain::Root> find_best(
        const Ancestry& ancestry, const HeadClaims& claims,
        const std::optional<chain::Root>& last) const;

  private:
    struct Votes {
        chain::Root root;
        std::ptrdiff_t nodes = 0;
    };

    void take_vote(const chain::Root& root);
    /// The place of the first node, by name, that has this head and is believed; nothing when none
    /// is.
    [[nodiscard]] std::optional<std::size_t> find_believed(const chain::Root& root,
                                                           const HeadClaims& claims) const;

    updates::NodeMap<chain::Root> heads_;
    std::vector<Votes> votes_;
};

}  // namespace monitor
