#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "beacon_api/events.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "monitor/candidate.hpp"
#include "updates/chain_facts.hpp"

namespace monitor {

/// The last head of each open stream that is not execution-optimistic, and the best among them.
/// Pure; knows no time. Bounded by the number of candidates.
class HeadCache {
  public:
    struct Entry {
        updates::NodeId node;
        chain::Head head;
        updates::HeadSource source = updates::HeadSource::kStream;
        /// Not below any other node's cached head when it was reported.
        bool was_latest = false;
        /// When this head was cached, in order; a repeat keeps its place.
        std::uint64_t order = 0;
    };

    /// Whether a head at `slot` from `node` is not below the cached head of any other node.
    [[nodiscard]] bool is_latest(updates::NodeId node, chain::Slot slot) const;

    /// Replaces the node's head with `head`, which is not optimistic.
    void put(updates::NodeId node, const chain::Head& head,
             updates::HeadSource source = updates::HeadSource::kStream);
    void remove(updates::NodeId node);

    /// The cached head with the highest slot; at equal slots the root that most nodes report; among
    /// equals the one that was best before, else the one that was cached first. Of nodes that
    /// agree on the root, the one whose payload status has come furthest (full, empty, absent),
    /// and among those the first
    /// (https://github.com/ethereum/consensus-specs/blob/master/specs/gloas/fork-choice.md). Null
    /// when nothing is cached; valid until the next change.
    [[nodiscard]] const Entry* best() const;
    /// Whether some node's report of the best root was not below any other node's head when it
    /// came. Meaningless while nothing is cached.
    [[nodiscard]] bool best_was_latest() const { return best_was_latest_; }

    [[nodiscard]] const Entry* find(updates::NodeId node) const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    void choose_best();

    std::vector<Entry> entries_;
    /// Index of the best entry, meaningless while there is none.
    std::size_t best_ = 0;
    chain::Root best_root_;
    bool best_was_latest_ = false;
    std::uint64_t next_order_ = 0;
};

}  // namespace monitor
