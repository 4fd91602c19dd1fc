#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "chain/root.hpp"
#include "monitor/slots/slot_tracker.hpp"
#include "updates/node_id.hpp"

namespace monitor {

/// Which node is requested for which header: each header from one node at a time, from each node
/// once a slot, and from no more than kSourcesMax nodes. Pure.
class HeaderFetcher {
  public:
    /// The node that reported it first, and two others.
    static constexpr std::size_t kSourcesMax = 3;

    /// Whether a node would be requested for a header now.
    using CanServe = std::function<bool(updates::NodeId)>;

    struct Request {
        chain::Root root;
        updates::NodeId source;
    };
    struct Plan {
        std::vector<Request> requests;
        /// Wanted, but all that can serve it were requested in this slot.
        std::vector<chain::Root> unavailable;
    };

    /// The slot's tick: every node may be requested again.
    void on_tick();
    /// Which requests to enqueue now. `nodes` are in the order of preference.
    [[nodiscard]] Plan plan(const std::vector<WantedHeader>& wanted,
                            const std::vector<updates::NodeId>& nodes, const CanServe& can_serve);
    /// The node that was requested does not have it: another one may.
    void failed(const chain::Root& root) { pending_.erase(root); }
    /// Who was requested for it in this slot.
    [[nodiscard]] std::vector<updates::NodeId> sources(const chain::Root& root) const;

  private:
    /// The reporter of the header's branch, else the first that can serve.
    [[nodiscard]] std::optional<updates::NodeId> pick_source(
        const WantedHeader& wanted, const std::vector<updates::NodeId>& nodes,
        const CanServe& can_serve) const;

    std::set<chain::Root> pending_;
    /// Who was requested for it since the tick.
    std::map<chain::Root, std::vector<updates::NodeId>> requested_;
};

}  // namespace monitor
