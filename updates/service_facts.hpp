#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace updates {

/// How a run of one of headmon's own services ended: docs/supervision.md.
enum class ServiceEndReason : std::uint8_t {
    kCompleted,
    kFailed,
    /// Its parent ended it: the program stops, or the tree around it ends.
    kCancelled,
    /// Its health check failed too often.
    kUnhealthy,
    /// It did not end when it was told to, and is left behind.
    kTimeout,
};

/// "completed", "failed", "cancelled", "unhealthy", "timeout".
[[nodiscard]] std::string_view to_string(ServiceEndReason reason);

/// A run of one of headmon's own services is over. Published behind everything that the run
/// published, and before anything of the next one.
struct ServiceEnded {
    /// Its place in the tree of services: `monitor`, `web/metrics`.
    std::string service;
    ServiceEndReason reason = ServiceEndReason::kCompleted;
    /// For people; fit to be printed; may be empty.
    std::string detail;
    /// Until it is started again; absent when it is not.
    std::optional<base::Duration> restart_after;
    /// The program ends with it.
    bool fatal = false;
    /// Failures in a row, this one included, since it had a good run.
    std::uint32_t consecutive_failures = 0;

    friend bool operator==(const ServiceEnded&, const ServiceEnded&) = default;
};

/// "healthy", "degraded", "unhealthy".
enum class ServiceHealthState : std::uint8_t {
    /// Its last check passed, or none was made yet.
    kHealthy,
    /// Its last checks failed, fewer in a row than make it unhealthy.
    kDegraded,
    /// It is ended and started again.
    kUnhealthy,
};

[[nodiscard]] std::string_view to_string(ServiceHealthState state);

/// The health of one of headmon's own services changed, or it runs anew.
struct ServiceHealth {
    std::string service;
    ServiceHealthState state = ServiceHealthState::kHealthy;
    /// What the check found; fit to be printed; empty when healthy.
    std::string detail;

    friend bool operator==(const ServiceHealth&, const ServiceHealth&) = default;
};

}  // namespace updates
