#pragma once

#include <optional>

#include "base/clock.hpp"
#include "monitor/best_heads.hpp"
#include "monitor/chain_view.hpp"
#include "monitor/effects.hpp"
#include "monitor/slots/first_seen.hpp"
#include "monitor/slots/head_lags.hpp"
#include "monitor/slots/slot_tracker.hpp"
#include "monitor/upstreams.hpp"
#include "updates/chain_facts.hpp"
#include "updates/update.hpp"

namespace monitor {

/// Records the heads of one run: who reported each first, which is best, what follows for slots and
/// for our clock; and publishes what is new. Pure.
class HeadRecorder {
  public:
    /// The references outlive it.
    HeadRecorder(SlotTracker slots, FirstSeen first_seen, BestHeads best, Upstreams& upstreams,
                 ChainView& chain, Effects& effects);

    /// A head of a node that is on our chain.
    void record(Upstream& upstream, const chain::Head& head, updates::HeadSource source,
                base::Instant at);
    /// The node's head counts no more; the next REST head may be used in its place.
    void retract(Upstream& upstream, base::Instant now);
    /// Retracts the heads that turn out to be ahead of a clock that is right.
    void retract_ahead(base::Instant now);
    /// The node's stream is over. The best head is not published.
    void stream_ended(updates::NodeId node, base::Instant now);
    /// No head is best any more; nothing is published.
    void clear() { best_.clear(); }

    void on_tick(base::Instant now);
    /// Publishes the best head when it is news, and what follows.
    void publish_best(base::Instant now);
    void publish(SlotTracker::Facts facts, base::Instant now);
    void publish_clock(const std::optional<updates::ClockSkew>& skew, base::Instant now);

    [[nodiscard]] SlotTracker& slots() { return slots_; }
    [[nodiscard]] FirstSeen& first_seen() { return first_seen_; }
    [[nodiscard]] const BestHeads& best() const { return best_; }

  private:
    /// Whether all nodes that stream agree that it is our clock which is wrong.
    [[nodiscard]] bool clock_is_wrong() const;

    SlotTracker slots_;
    FirstSeen first_seen_;
    HeadLags lags_;
    BestHeads best_;
    Upstreams& upstreams_;
    ChainView& chain_;
    Effects& effects_;
};

}  // namespace monitor
