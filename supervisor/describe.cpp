// What people read of policies and trees.

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <utility>

#include "supervisor/policy.hpp"
#include "supervisor/service.hpp"

namespace supervisor {

namespace {

std::string health_text(const HealthCheck& health) {
    const std::string threshold =
        health.threshold == HealthCheck::kNeverUnhealthy
            ? "never unhealthy"
            : fmt::format("unhealthy after {} in a row", health.threshold);
    return fmt::format("check every {}, timeout {}, {}", to_string(health.interval),
                       to_string(health.timeout), threshold);
}

std::string child_line(const Child& child) {
    std::string line = fmt::format("{}: {}", child.name, to_string(child.kind));
    if (child.kind == Kind::kRestartable) {
        line += "; " + to_string(child.policy);
        if (child.restart_trigger) {
            line += "; a wait may end early, not before " +
                    to_string(child.restart_trigger->not_before);
        }
    }
    if (child.health) {
        line += "; " + health_text(*child.health);
    }
    return line;
}

void describe_into(std::vector<std::string>& lines, const std::vector<Child>& children,
                   std::size_t depth) {
    for (const Child& child : children) {
        lines.push_back(std::string(depth * 2, ' ') + child_line(child));
        describe_into(lines, child.children, depth + 1);
    }
}

}  // namespace

std::string_view to_string(End end) {
    switch (end) {
        case End::kCompleted:
            return "completed";
        case End::kFailed:
            return "failed";
        case End::kCancelled:
            return "cancelled";
        case End::kUnhealthy:
            return "unhealthy";
        case End::kTimeout:
            return "timeout";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::kCritical:
            return "critical";
        case Kind::kMain:
            return "main";
        case Kind::kRestartable:
            return "restartable";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(OnBudgetExhausted action) {
    switch (action) {
        case OnBudgetExhausted::kFatal:
            return "fatal";
        case OnBudgetExhausted::kStop:
            return "stop";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(Health health) {
    switch (health) {
        case Health::kHealthy:
            return "healthy";
        case Health::kDegraded:
            return "degraded";
        case Health::kUnhealthy:
            return "unhealthy";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(ServiceState state) {
    switch (state) {
        case ServiceState::kRunning:
            return "running";
        case ServiceState::kWaiting:
            return "waiting";
        case ServiceState::kStopped:
            return "stopped";
    }
    assert(false);
    return "unknown";
}

std::string to_string(base::Duration duration) {
    using Unit = std::pair<double, const char*>;
    constexpr std::array kUnits{Unit{60e9, "min"}, Unit{1e9, "s"}, Unit{1e6, "ms"},
                                Unit{1e3, "us"}};
    const auto count = static_cast<double>(duration.count());
    for (const auto& [size, name] : kUnits) {
        if (count >= size) {
            return fmt::format("{:.4g}{}", count / size, name);
        }
    }
    return duration.count() == 0 ? "0s" : fmt::format("{}ns", duration.count());
}

std::string to_string(const Wait& wait) {
    struct Visitor {
        std::string operator()(const Immediate&) const { return "at once"; }
        std::string operator()(const FixedDelay& fixed) const { return to_string(fixed.delay); }
        std::string operator()(const Backoff& backoff) const {
            return fmt::format("{}, factor {}, cap {}, jitter {:.4g}%", to_string(backoff.first),
                               backoff.factor, to_string(backoff.cap), backoff.jitter * 100);
        }
        std::string operator()(const NextTick&) const { return "next tick"; }
    };
    return std::visit(Visitor{}, wait);
}

std::string to_string(const Policy& policy) {
    std::string text = "after a failure: " + to_string(policy.after_failure);
    text += "; after a clean end: ";
    text += policy.after_completion ? to_string(*policy.after_completion)
                                    : std::string{"as after a first failure"};
    if (!policy.budget) {
        return text + "; no budget";
    }
    return text + fmt::format("; budget: {} restarts in {}, full again after {}, when spent: {}",
                              policy.budget->max_restarts, to_string(policy.budget->within),
                              to_string(policy.reset_after), to_string(policy.on_budget_exhausted));
}

std::vector<std::string> describe(std::string_view name, const std::vector<Child>& children) {
    std::vector<std::string> lines{std::string{name}};
    describe_into(lines, children, 1);
    return lines;
}

}  // namespace supervisor
