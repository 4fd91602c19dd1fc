#pragma once

#include <memory>
#include <stdexcept>

#include "base/task.hpp"
#include "monitor/monitor_context.hpp"
#include "monitor/run_state.hpp"

namespace monitor {

/// How a run ends that gave up.
struct GaveUp : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One run over one list of candidates: the thin driver of HeadMonitor, with its sockets and
/// timers. Whoever runs it makes a new one for the next run, and waits in between.
class MonitorService {
  public:
    /// At most one at a time for one state. Context and state outlive it.
    MonitorService(MonitorContext& context, RunState& state);
    MonitorService(const MonitorService&) = delete;
    MonitorService& operator=(const MonitorService&) = delete;
    ~MonitorService();

    /// Returns when the list of candidates has changed or the broadcast was closed; throws GaveUp
    /// when the run has failed. While the list is empty it waits for one; over a broadcast that was
    /// closed before, it only waits to be cancelled. Call once.
    [[nodiscard]] base::Task<void> run();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace monitor
