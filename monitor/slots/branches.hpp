#pragma once

#include <vector>

#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "monitor/slots/ancestry.hpp"
#include "updates/chain_facts.hpp"

namespace monitor {

using Branches = std::vector<updates::HeadSplit::Branch>;

/// The slot of a block: its header's, else the one that a node named.
[[nodiscard]] chain::Slot slot_of(const chain::Root& root, chain::Slot named,
                                  const Ancestry& ancestry);

/// The branches of `heads`, highest first: the heads that no other builds on, each with the nodes
/// that are on it and on no other. `former`: nodes without a known head, on the branches where they
/// were. Heads without a header are left out. Pure.
[[nodiscard]] Branches find_branches(const Branches& heads, const Branches& former,
                                     const Ancestry& ancestry);

/// Whether the same nodes are beside each other, whatever their heads are.
[[nodiscard]] bool have_same_nodes(const Branches& first, const Branches& second);

}  // namespace monitor
