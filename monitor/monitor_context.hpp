#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "monitor/candidate_list.hpp"
#include "monitor/monitor_options.hpp"
#include "monitor/node_access.hpp"
#include "monitor/turns.hpp"
#include "updates/broadcast.hpp"

namespace monitor {

/// All that a run of the monitor works with; each part outlives the runs. Time, the kernel's clock
/// state and the nodes come in here and nowhere else, so the same inputs give the same updates.
struct MonitorContext {
    boost::asio::any_io_executor executor;
    base::Clock& clock;
    NodeAccess& nodes;
    CandidateList& candidates;
    updates::Broadcast& broadcast;
    MonitorOptions options;
    /// Absent: each turn begins at once.
    Turns* turns = nullptr;
};

}  // namespace monitor
