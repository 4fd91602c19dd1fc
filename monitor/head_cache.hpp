#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "beacon_api/events.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "monitor/candidate.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"

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
    /// Whether some node's report of the best root, at its slot, was not below any other node's
    /// head when it came. Meaningless while nothing is cached.
    [[nodiscard]] bool best_was_latest() const { return best_was_latest_; }

    [[nodiscard]] const Entry* find(updates::NodeId node) const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    /// The nodes that report one root at the highest slot.
    struct Group {
        chain::Root root;
        /// The one that stands for them.
        updates::NodeId chosen;
        std::size_t nodes = 0;
        /// Of the entry that was cached first.
        std::uint64_t order = 0;
        bool was_latest = false;
    };

    /// Adds an entry at the highest slot to its group.
    void join(const Entry& entry);
    /// The groups anew, after an entry has left the highest slot.
    void regroup();
    void choose_best();

    updates::NodeMap<Entry> entries_;
    chain::Slot highest_;
    /// Few, as nodes agree: what a head costs does not grow with their number.
    std::vector<Group> groups_;
    /// The best entry's node; of one that was removed while there is none.
    std::optional<updates::NodeId> best_;
    chain::Root best_root_;
    bool best_was_latest_ = false;
    std::uint64_t next_order_ = 0;
};

}  // namespace monitor
