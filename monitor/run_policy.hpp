#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "monitor/monitor_context.hpp"
#include "monitor/run_state.hpp"

namespace monitor {

/// When the monitor's next run starts after one that ended, and when a run is no longer well: for
/// whoever restarts the runs. The one place of this rule.
struct RunPolicy {
    /// After a run that ended cleanly.
    std::chrono::milliseconds after_completion{100};
    /// A new list starts the next run before its time, but not sooner after the last one's end.
    std::chrono::milliseconds after_list_change{100};
    /// After a run that failed: the next tick.
    std::function<base::MonoTime()> next_tick;
    /// Returns when the list in force is another one than the last run's. Awaited between two runs
    /// only.
    std::function<base::Task<void>()> list_changed;
    /// See RunState::find_problem.
    std::function<std::string()> find_problem;
    /// Checks in a row that find a problem before the run is ended. After a process that was
    /// stopped goes on, a check may come before the tick that is overdue.
    std::uint32_t problems_max = 2;
};

/// Both outlive the policy.
[[nodiscard]] RunPolicy run_policy(const MonitorContext& context, const RunState& state);

}  // namespace monitor
