#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"
#include "monitor/candidate.hpp"
#include "monitor/slots/ancestry.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// Which nodes are on different branches, and which are only behind. Every two different heads that
/// nodes have at the same time are a pair; one that lasts longer than the grace is a split or a
/// lag, as the parents prove. Pure.
class ForkDetector {
  public:
    /// Different heads that are compared; of more the lowest are left out.
    static constexpr std::size_t kHeadsMax = 16;
    /// Pairs that are over and still wait for parents.
    static constexpr std::size_t kWaitingMax = 32;

    /// `grace`: a sixth of a slot. `patience`: how long a pair that is over waits for parents.
    void set_limits(base::Duration grace, base::Duration patience);

    /// A node's head, cached and fit to be best.
    void head(updates::NodeId node, const chain::Root& root, chain::Slot slot, base::MonoTime at);
    /// Its head is retracted. If it was reported to be behind it stays so until its next head.
    void remove(updates::NodeId node, base::MonoTime now);
    /// It is no candidate any more.
    void forget(updates::NodeId node, base::MonoTime now);

    /// What the parents prove by now.
    [[nodiscard]] std::vector<updates::SlotFact> settle(const Ancestry& ancestry,
                                                        base::MonoTime now);
    [[nodiscard]] std::vector<MissingHeader> missing(const Ancestry& ancestry,
                                                     base::MonoTime now) const;

  private:
    struct Head {
        chain::Root root;
        chain::Slot slot;
    };
    using Pair = std::pair<chain::Root, chain::Root>;
    /// Two heads that nodes had at the same time for long enough, and have no more.
    struct Past {
        updates::HeadSplit::Branch first;
        updates::HeadSplit::Branch second;
        base::MonoTime since;
        base::MonoTime until;
    };
    /// By their roots.
    using Branches = std::vector<updates::HeadSplit::Branch>;

    /// The heads as they are, each with its nodes.
    [[nodiscard]] Branches collect_branches() const;
    /// Moves a node to another branch, when none begins or ends by it.
    [[nodiscard]] bool move_between(updates::NodeId node, Head& from, const Head& to);
    /// Brings branches and pairs up to date after a head changed.
    void pair_up(base::MonoTime now);
    /// The branches that nobody's head builds on, highest first.
    [[nodiscard]] std::vector<updates::HeadSplit::Branch> tips(const Ancestry& ancestry) const;
    /// Takes the past pairs whose parents are known, and answers the earliest that was a split and
    /// belongs to none that was reported. `is_open`: present heads still wait for parents.
    [[nodiscard]] std::optional<Past> take_past(const Ancestry& ancestry, base::MonoTime now,
                                                bool is_open);
    void settle_split(const Ancestry& ancestry, base::MonoTime now,
                      std::vector<updates::SlotFact>& out);
    void settle_behind(const Ancestry& ancestry, base::MonoTime now,
                       std::vector<updates::SlotFact>& out);

    base::Duration grace_ = chain::kDefaultSlotDuration / 6;
    base::Duration patience_ = 4 * chain::kDefaultSlotDuration;
    updates::NodeMap<Head> heads_;
    Branches branches_;
    /// No head was left out of the branches for want of room.
    bool is_whole_ = true;
    /// Two different present heads, since when; the lower root first.
    std::map<Pair, base::MonoTime> pairs_;
    std::deque<Past> past_;
    bool is_split_ = false;
    base::MonoTime split_since_;
    /// Heads before this moment belong to a split that was reported.
    base::MonoTime over_at_ = base::MonoTime::min();
    /// Who was reported to be behind.
    updates::NodeMap<std::monostate> behind_;
};

}  // namespace monitor
