#include "app/service_tree.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

#include "monitor/monitor_service.hpp"
#include "monitor/run_policy.hpp"

namespace app {
namespace {

/// A run that ended has closed the listener.
base::Task<void> serve(http::Server& server, std::function<base::Task<void>()> beside) {
    server.open_listener();
    if (beside) {
        co_await base::run_first(server.run(), beside());
    } else {
        co_await server.run();
    }
}

updates::ServiceEndReason reason_of(supervisor::End end) {
    switch (end) {
        case supervisor::End::kCompleted:
            return updates::ServiceEndReason::kCompleted;
        case supervisor::End::kFailed:
            return updates::ServiceEndReason::kFailed;
        case supervisor::End::kCancelled:
            return updates::ServiceEndReason::kCancelled;
        case supervisor::End::kUnhealthy:
            return updates::ServiceEndReason::kUnhealthy;
        case supervisor::End::kTimeout:
            return updates::ServiceEndReason::kTimeout;
    }
    assert(false);
    return updates::ServiceEndReason::kFailed;
}

updates::ServiceHealthState state_of(supervisor::Health health) {
    switch (health) {
        case supervisor::Health::kHealthy:
            return updates::ServiceHealthState::kHealthy;
        case supervisor::Health::kDegraded:
            return updates::ServiceHealthState::kDegraded;
        case supervisor::Health::kUnhealthy:
            return updates::ServiceHealthState::kUnhealthy;
    }
    assert(false);
    return updates::ServiceHealthState::kUnhealthy;
}

updates::Update to_update(const supervisor::ServiceEnd& end) {
    updates::ServiceEnded ended;
    ended.service = end.service;
    ended.reason = reason_of(end.end);
    ended.detail = end.detail;
    ended.restart_after = end.restart_after;
    ended.fatal = end.fatal;
    ended.consecutive_failures = end.failures;
    return updates::Update{std::move(ended), end.at};
}

updates::Update to_update(const supervisor::HealthChanged& changed) {
    updates::ServiceHealth health{changed.service, state_of(changed.health), changed.detail};
    return updates::Update{std::move(health), changed.at};
}

}  // namespace

supervisor::Child monitor_child(monitor::MonitorContext& context, monitor::RunState& state) {
    const monitor::RunPolicy policy = monitor::run_policy(context, state);
    supervisor::Child child;
    child.name = config::kMonitor;
    child.factory = [&context, &state] {
        return supervisor::make_service(std::string{config::kMonitor},
                                        std::make_unique<monitor::MonitorService>(context, state));
    };
    child.policy.after_completion = supervisor::FixedDelay{policy.after_completion};
    child.policy.after_failure =
        supervisor::NextTick{[next = policy.next_tick](base::MonoTime) { return next(); }};
    child.restart_trigger =
        supervisor::RestartTrigger{policy.list_changed, policy.after_list_change};
    supervisor::HealthCheck health;
    health.probe = [find = policy.find_problem]() -> base::Task<std::string> { co_return find(); };
    health.threshold = policy.problems_max;
    child.health = std::move(health);
    return child;
}

supervisor::Child server_child(std::string_view name, http::Server& server,
                               std::function<base::Task<void>()> beside) {
    return supervisor::make_child(
        std::string{name}, [&server, beside = std::move(beside)] { return serve(server, beside); });
}

void configure(std::vector<supervisor::Child>& children, const config::Supervision& supervision) {
    for (supervisor::Child& child : children) {
        configure(child.children, supervision);
        const auto found = supervision.find(child.name);
        if (found == supervision.end()) {
            continue;
        }
        const config::SupervisionOptions& options = found->second;
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

void publish_services(supervisor::Environment& environment, updates::Broadcast& broadcast) {
    environment.on_service_end = [&broadcast](const supervisor::ServiceEnd& end) {
        broadcast.publish(to_update(end));
    };
    environment.on_health = [&broadcast](const supervisor::HealthChanged& changed) {
        broadcast.publish(to_update(changed));
    };
}

}  // namespace app
