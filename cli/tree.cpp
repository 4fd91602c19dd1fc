#include "cli/tree.hpp"

#include <memory>
#include <utility>

#include "monitor/monitor_service.hpp"

namespace cli {

const std::vector<std::string_view>& service_names() {
    static const std::vector<std::string_view> names{kMonitor, kConfigWatch, kReloadSignal,
                                                     kServiceManager, kMetrics};
    return names;
}

supervisor::Child monitor_child(monitor::MonitorRuns& runs) {
    supervisor::Child child;
    child.name = kMonitor;
    child.factory = [&runs] {
        return supervisor::make_service(std::string{kMonitor},
                                        std::make_unique<monitor::MonitorService>(runs));
    };
    child.policy.after_completion = supervisor::FixedDelay{monitor::kRunWaitMin};
    child.policy.after_failure =
        supervisor::NextTick{[&runs](base::MonoTime) { return runs.next_tick(); }};
    child.restart_trigger =
        supervisor::RestartTrigger{[&runs] { return runs.list_changed(); }, monitor::kRunWaitMin};
    supervisor::HealthCheck health;
    health.probe = [&runs]() -> base::Task<std::string> { co_return runs.find_problem(); };
    // After a process that was stopped goes on, a check may come before the tick that is overdue.
    health.threshold = 2;
    child.health = std::move(health);
    return child;
}

supervisor::Child metrics_child(metrics::Listener& listener) {
    supervisor::Child child;
    child.name = kMetrics;
    child.factory = [&listener] {
        return supervisor::make_service(std::string{kMetrics},
                                        [&listener] { return listener.run(); });
    };
    return child;
}

void configure(std::vector<supervisor::Child>& children, const Supervision& supervision) {
    for (supervisor::Child& child : children) {
        configure(child.children, supervision);
        const auto found = supervision.find(child.name);
        if (found == supervision.end()) {
            continue;
        }
        const SupervisionOptions& options = found->second;
        if (options.max_restarts) {
            supervisor::Budget budget;
            budget.max_restarts = *options.max_restarts;
            budget.within = options.within.value_or(
                std::chrono::duration_cast<std::chrono::seconds>(budget.within));
            child.policy.budget = budget;
        }
        if (options.reset_after) {
            child.policy.reset_after = *options.reset_after;
        }
        if (options.when_spent) {
            child.policy.on_budget_exhausted = *options.when_spent;
        }
    }
}

monitor::Update to_update(const supervisor::ServiceEnd& end) {
    monitor::ServiceEnded ended;
    ended.service = end.service;
    ended.end = supervisor::to_string(end.end);
    ended.detail = end.detail;
    ended.restart_after = end.restart_after;
    ended.fatal = end.fatal;
    ended.failures_in_row = end.failures;
    return monitor::Update{std::move(ended), end.at};
}

}  // namespace cli
