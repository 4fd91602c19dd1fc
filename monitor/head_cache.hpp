#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
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

    HeadCache() = default;
    HeadCache(const HeadCache&) = delete;
    HeadCache& operator=(const HeadCache&) = delete;
    HeadCache(HeadCache&&) = default;
    HeadCache& operator=(HeadCache&&) = default;
    ~HeadCache() = default;

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
    using Nodes = std::list<updates::NodeId>;

    struct Cached {
        Entry entry;
        /// In `idle_` or in the group of its head.
        Nodes::iterator place;
    };
    /// The nodes that report one root at the highest slot.
    struct Group {
        chain::Root root;
        /// By how far the payload status has come, the one that was cached first at the front. A
        /// new head is always the last that was cached.
        std::array<Nodes, 3> nodes{};
        std::size_t size = 0;
        /// Of those whose report was not below any other head.
        std::size_t latest = 0;
    };

    /// Adds an entry at the highest slot to its group, behind those that are there.
    void join(const Cached& cached);
    /// Takes an entry at the highest slot out of its group.
    void leave(const Cached& cached);
    void clear_groups();
    /// The groups anew, after the last entry has left the highest slot.
    void regroup();
    /// The one that stands for a group.
    [[nodiscard]] updates::NodeId chosen(const Group& group) const;
    /// Of the entry of a group that was cached first.
    [[nodiscard]] std::uint64_t order(const Group& group) const;
    void choose_best();

    updates::NodeMap<Cached> entries_;
    /// Nodes whose head is below the highest slot, in no order.
    Nodes idle_;
    chain::Slot highest_;
    /// Few, as nodes agree: what a head costs does not grow with the number of nodes.
    std::vector<Group> groups_;
    /// The best entry's node; of one that was removed while there is none.
    std::optional<updates::NodeId> best_;
    chain::Root best_root_;
    bool best_was_latest_ = false;
    std::uint64_t next_order_ = 0;
};

}  // namespace monitor
