#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include <boost/container/flat_map.hpp>

#include "base/clock.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"
#include "monitor/slots/ancestry.hpp"
#include "monitor/slots/branches.hpp"
#include "monitor/slots/head_claims.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// Which nodes are on different branches, and which are only behind. Every two different heads that
/// nodes have at the same time are a pair; one that lasts longer than the grace is a split or a
/// lag, as the parents prove. What is on goes off through headers alone: a head without one, and a
/// node without a head, change nothing. Pure.
class ForkDetector {
  public:
    /// Different heads that are compared; of more the lowest are left out.
    static constexpr std::size_t kHeadsMax = 16;
    /// Pairs that are over and still wait for parents.
    static constexpr std::size_t kWaitingMax = 32;

    /// `grace`: a sixth of a slot. `patience`: how long a pair that is over waits for parents.
    void set_limits(base::Duration grace, base::Duration patience);

    /// How much a node's head says.
    enum class Weight : std::uint8_t {
        kFull,
        /// By REST: the node may have moved on since, so it is not behind for it.
        kPolled,
        /// Not verified, or from syncing: it moves the node, and is no evidence about others.
        kWeak,
    };
    void head(updates::NodeId node, const chain::Root& root, chain::Slot slot, Weight weight,
              base::MonoTime at);
    /// Its head is retracted. What was reported of it stays so until its next head.
    void remove(updates::NodeId node, base::MonoTime now);
    /// It is no candidate any more.
    void forget(updates::NodeId node, base::MonoTime now);
    /// Whether the heads of an unproven node count no more, or again.
    void set_unproven(updates::NodeId node, bool is_unproven, base::MonoTime now);

    /// Whether a head may change what was reported: something is on, or may begin.
    [[nodiscard]] bool is_quiet() const {
        return !is_split_ && behind_.empty() && pairs_.empty() && past_.empty();
    }
    /// What the parents prove by now.
    [[nodiscard]] std::vector<updates::SlotFact> settle(const Ancestry& ancestry,
                                                        const HeadClaims& claims,
                                                        base::MonoTime now);
    [[nodiscard]] std::vector<MissingHeader> missing(const Ancestry& ancestry,
                                                     base::MonoTime now) const;

  private:
    struct Head {
        chain::Root root;
        /// As the node named it.
        chain::Slot slot;
        Weight weight = Weight::kFull;
    };
    using Pair = std::pair<chain::Root, chain::Root>;
    using Branch = updates::HeadSplit::Branch;
    /// Two heads that nodes had at the same time for long enough, and have no more.
    struct Past {
        Branch first;
        Branch second;
        base::MonoTime since;
        base::MonoTime until;
    };
    /// Who was reported to be behind, and the head that it has to reach.
    struct Lag {
        chain::Root goal;
    };

    [[nodiscard]] bool is_unproven(updates::NodeId node) const;
    /// Whether a split that was reported holds this node.
    [[nodiscard]] bool is_member(updates::NodeId node) const;
    /// `present_` anew: the heads as they are, each with the nodes that count. By their roots.
    void collect_heads();
    /// Moves a node to another head, when none begins or ends by it.
    [[nodiscard]] bool move_between(updates::NodeId node, Head& from, const Head& to);
    /// Brings heads and pairs up to date after a node's head changed.
    void pair_up(base::MonoTime now);

    /// The branches now; a node whose head is gone or not known is where it was.
    [[nodiscard]] Branches current_branches(const Ancestry& ancestry) const;
    /// Takes the past pairs whose parents are known, and answers the earliest that was a split and
    /// belongs to none that was reported. `is_open`: present heads still wait for parents.
    [[nodiscard]] std::optional<Past> take_past(const Ancestry& ancestry, base::MonoTime now,
                                                bool is_open);
    /// Since when two heads are on different branches for longer than the grace.
    [[nodiscard]] std::optional<base::MonoTime> find_split(const Ancestry& ancestry,
                                                           base::MonoTime now, bool& is_open) const;
    /// Whether the nodes of the reported split are all on one line.
    [[nodiscard]] bool is_healed(const Ancestry& ancestry) const;
    void settle_split(const Ancestry& ancestry, base::MonoTime now,
                      std::vector<updates::SlotFact>& out);
    void settle_behind(const Ancestry& ancestry, const HeadClaims& claims, base::MonoTime now,
                       std::vector<updates::SlotFact>& out);
    /// The highest head in front of this one for longer than `grace`, among those that count.
    [[nodiscard]] std::optional<Branch> find_ahead(const chain::Root& root,
                                                   const Ancestry& ancestry,
                                                   const HeadClaims& claims, base::MonoTime now,
                                                   base::Duration grace) const;

    base::Duration grace_ = chain::kDefaultSlotDuration / 6;
    base::Duration patience_ = 4 * chain::kDefaultSlotDuration;
    updates::NodeMap<Head> heads_;
    std::vector<updates::NodeId> unproven_;
    Branches present_;
    /// The present heads before the last change.
    Branches former_;
    /// Memory of heads that are gone, for the next ones.
    std::vector<std::vector<updates::NodeId>> spare_;
    /// No head was left out of `present_` for want of room.
    bool is_whole_ = true;
    /// Two different present heads, since when; the lower root first.
    boost::container::flat_map<Pair, base::MonoTime> pairs_;
    std::deque<Past> past_;
    bool is_split_ = false;
    base::MonoTime split_since_;
    /// As they were published last.
    Branches split_;
    /// Heads before this moment belong to a split that was reported.
    base::MonoTime over_at_ = base::MonoTime::min();
    updates::NodeMap<Lag> behind_;
};

}  // namespace monitor
