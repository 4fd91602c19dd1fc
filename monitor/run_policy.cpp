#include "monitor/run_policy.hpp"

namespace monitor {
namespace {

base::Task<void> list_changed(CandidateList& candidates, const RunState& state) {
    while (candidates.read() == state.list()) {
        co_await candidates.changed().wait();
    }
}

}  // namespace

RunPolicy run_policy(const MonitorContext& context, const RunState& state) {
    RunPolicy policy;
    policy.next_tick = [&context, &state] {
        return state.schedule().next(context.clock.instant());
    };
    policy.list_changed = [&context, &state] { return list_changed(context.candidates, state); };
    policy.find_problem = [&context, &state] { return state.find_problem(context.clock.now()); };
    return policy;
}

}  // namespace monitor
