#pragma once

#include <optional>

#include "monitor/chain_view.hpp"
#include "monitor/slots/first_seen.hpp"
#include "monitor/slots/slot_tracker.hpp"
#include "monitor/upstream.hpp"
#include "updates/node_map.hpp"
#include "updates/update.hpp"

namespace monitor {

/// What outlives a run, handed by the driver from one to the next. A candidate that is not in the
/// next list is removed from all of it.
struct PersistentState {
    updates::NodeMap<Upstream> upstreams;
    ChainView chain;
    SlotTracker slots;
    FirstSeen first_seen;
    /// The best head as it was last published. It is the floor of the next run.
    std::optional<updates::BestHead> best;
    /// The floor where nothing was published: what an earlier start published last.
    std::optional<chain::Slot> earlier_best{};
};

}  // namespace monitor
