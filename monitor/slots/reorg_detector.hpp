#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "beacon_api/events.hpp"
#include "chain/spec.hpp"
#include "monitor/slots/ancestry.hpp"
#include "updates/chain_facts.hpp"

namespace monitor {

/// Which branches were dropped. There are two sources: the best head, whose last tip must be an
/// ancestor of the next one, and what nodes report by `chain_reorg`. A dropped tip is reported
/// once, until it is the best head again. A best head that falls back to an ancestor (its only
/// reporter went away) is no reorg yet: the tip is kept until another branch outgrows it. Pure.
class ReorgDetector {
  public:
    /// Comparisons that may wait for parents, of each kind.
    static constexpr std::size_t kWaitingMax = 16;
    /// Tips whose fall, and tips whose rise, is remembered.
    static constexpr std::size_t kTipsMax = 64;

    /// A comparison whose parents no node has served for so long is given up.
    void set_patience(base::Duration patience) { patience_ = patience; }

    void best_head(const chain::Root& root, base::MonoTime now);
    /// A node reported it. Nothing when this tip's fall is known.
    [[nodiscard]] std::optional<updates::Reorg> reported(updates::NodeId node,
                                                         const beacon_api::ChainReorgEvent& event,
                                                         base::MonoTime at);
    /// What the parents prove by now.
    [[nodiscard]] std::vector<updates::Reorg> settle(const Ancestry& ancestry, base::MonoTime now);
    [[nodiscard]] std::vector<MissingHeader> missing(const Ancestry& ancestry) const;

  private:
    struct Best {
        chain::Root root;
        base::MonoTime at;
    };
    struct Claim {
        updates::NodeId node;
        chain::Root old_head;
        chain::Root new_head;
        base::MonoTime at;
    };
    struct Fall {
        chain::Root old_head;
        /// When it fell.
        base::MonoTime at;
        bool is_confirmed = false;
        std::optional<updates::NodeId> reported_by;
    };

    /// Takes one best head off the queue; false when it has to wait.
    [[nodiscard]] bool settle_best(const Ancestry& ancestry, base::MonoTime now,
                                   std::vector<updates::Reorg>& out);
    /// False when the claim has to wait.
    [[nodiscard]] bool settle_claim(const Claim& claim, const Ancestry& ancestry,
                                    base::MonoTime now, std::vector<updates::Reorg>& out);
    /// The same fall, if it was reported: of the same tip, without a rise between then and `at`.
    [[nodiscard]] Fall* find_fall(const chain::Root& old_head, base::MonoTime at);
    Fall& remember(const chain::Root& old_head, base::MonoTime at);
    /// Adds the fall of a tip to `out` unless it was confirmed before.
    void confirm(updates::Reorg reorg, base::MonoTime at, std::vector<updates::Reorg>& out);

    base::Duration patience_ = 4 * chain::kDefaultSlotDuration;
    std::optional<chain::Root> tip_;
    std::deque<Best> bests_;
    std::deque<Claim> claims_;
    // Oldest first.
    std::deque<Fall> falls_;
    /// Best heads: one that is best again may fall again.
    std::deque<Best> risen_;
};

}  // namespace monitor
