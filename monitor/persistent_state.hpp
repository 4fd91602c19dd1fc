#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "beacon_api/responses.hpp"
#include "chain/spec.hpp"
#include "monitor/candidate.hpp"
#include "monitor/network_guard.hpp"
#include "monitor/node/buffering_detector.hpp"
#include "monitor/node/liveness.hpp"
#include "monitor/node/rest_queue.hpp"
#include "monitor/node/topic_negotiation.hpp"
#include "monitor/slots/clock_estimate.hpp"
#include "monitor/slots/first_seen.hpp"
#include "monitor/slots/slot_tracker.hpp"
#include "updates/node_map.hpp"
#include "updates/update.hpp"

namespace monitor {

/// What outlives a run of one candidate.
struct NodeMemory {
    std::string version;
    std::optional<base::Instant> last_byte;
    std::optional<base::Instant> last_head;
    /// Ends since the program started; those by our own side are none.
    std::uint64_t disconnects = 0;
    /// Ends since its stream was last open: what warnings back off by.
    std::uint32_t consecutive_disconnects = 0;
    /// Malformed events of optional topics since the program started.
    std::uint64_t malformed = 0;
    std::optional<chain::SyncStatus> syncing;
    std::optional<chain::Spec> spec;
    bool is_behind = false;
    TopicNegotiation topics;
    Liveness liveness;
    BufferingDetector proxy;
    RestQueue questions;
};

/// What outlives a run, handed by the driver from one to the next. A candidate that is not in the
/// next list is gone from it.
struct PersistentState {
    updates::NodeMap<NodeMemory> nodes;
    FirstSeen first_seen;
    std::optional<updates::SlotTime> slot_time;
    /// The best head as it was last published. It is the floor of the next run.
    std::optional<updates::BestHead> best;
    NetworkGuard guard;
    SlotTracker slots;
    ClockEstimate clock;
    /// What the nodes on our chain say of it together.
    std::optional<chain::Spec> spec;
    /// Of the wall clock over the monotonic one, at the last tick.
    std::optional<base::Duration> wall_offset;
};

}  // namespace monitor
