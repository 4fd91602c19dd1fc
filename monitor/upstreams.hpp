#pragma once

#include <vector>

#include "base/clock.hpp"
#include "monitor/effects.hpp"
#include "monitor/slots/slot_tracker.hpp"
#include "monitor/upstream.hpp"
#include "updates/node_id.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// The nodes of one run, in the order of its list. Whoever changes one gets it from `change`, which
/// marks it; what follows from changes is settled for all marked nodes at the end of a call, so
/// that no handler has to remember it.
class Upstreams {
  public:
    /// `known` is what earlier runs have learned; of nodes that are not in `order` it is dropped,
    /// and of those in `renewed`, which are, all is void but what is counted.
    Upstreams(std::vector<updates::NodeId> order, updates::NodeMap<Upstream> known,
              const std::vector<updates::NodeId>& renewed);

    [[nodiscard]] const std::vector<updates::NodeId>& order() const { return order_; }
    [[nodiscard]] const updates::NodeMap<Upstream>& all() const { return nodes_; }
    /// Null when the node is not in the list.
    [[nodiscard]] const Upstream* find(updates::NodeId node) const;

    /// The node is in the list.
    [[nodiscard]] Upstream& change(updates::NodeId node);
    /// Null when the node is not in the list or its stream is over.
    [[nodiscard]] Upstream* change_streaming(updates::NodeId node);

    /// Whether the node's answers count, and a request that is enqueued now would be sent.
    [[nodiscard]] bool can_serve(updates::NodeId node, base::MonoTime now) const;
    [[nodiscard]] bool is_any_open() const;
    [[nodiscard]] bool is_any_streaming() const;

    /// A tick: nodes with an old head are in good standing nevertheless while they are more than
    /// those with a new one. Where the chain has a gap all honest heads are old, and whoever has a
    /// newer one may have made it up.
    void weigh_old_heads();

    /// Brings what is observed up to date for the marked nodes, and publishes their status where it
    /// has changed. Changes nothing when it is called again.
    void settle(SlotTracker& slots, Effects& effects, base::Instant now);
    /// The next request of each marked node.
    void send_requests(Effects& effects, base::MonoTime now);
    /// Nothing is marked any more.
    void clear_marks();

    /// What the next run is made with.
    [[nodiscard]] updates::NodeMap<Upstream> take();

  private:
    std::vector<updates::NodeId> order_;
    updates::NodeMap<Upstream> nodes_;
    /// In the order in which they were marked.
    std::vector<updates::NodeId> marked_;
    /// By the number of the id.
    std::vector<bool> is_marked_;
};

}  // namespace monitor
