#include "cli/tree.hpp"

#include <memory>
#include <utility>

#include "monitor/monitor_service.hpp"

namespace cli {
namespace {

/// A run that ended has closed the listener.
base::Task<void> serve(http::Server& server) {
    server.open_listener();
    co_await server.run();
}

}  // namespace

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
    child.early_start =
        supervisor::EarlyStart{[&runs] { return runs.list_changed(); }, monitor::kRunWaitMin};
    supervisor::HealthCheck health;
    health.probe = [&runs]() -> base::Task<std::string> { co_return runs.find_problem(); };
    // After a process that was stopped goes on, a check may come before the tick that is overdue.
    health.threshold = 2;
    child.health = std::move(health);
    return child;
}

supervisor::Child metrics_child(http::Server& server) {
    supervisor::Child child;
    child.name = kMetrics;
    child.factory = [&server] {
        return supervisor::make_service(std::string{kMetrics}, [&server] { return serve(server); });
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
            child.policy.when_spent = *options.when_spent;
        }
    }
}

monitor::Update to_update(const supervisor::Notice& notice) {
    monitor::ServiceEnded ended;
    ended.service = notice.service;
    ended.end = supervisor::to_string(notice.end);
    // The word stands in front of it.
    ended.detail = notice.reason.substr(std::min(ended.end.size(), notice.reason.size()));
    ended.detail.erase(0, ended.detail.find_first_not_of(": "));
    ended.restart_after = notice.restart_after;
    ended.fatal = notice.fatal;
    ended.failures_in_row = notice.failures;
    return monitor::Update{std::move(ended), notice.at};
}

}  // namespace cli
