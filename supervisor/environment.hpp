#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "supervisor/policy.hpp"
#include "supervisor/service.hpp"

namespace supervisor {

/// A run is over, and what comes of it. Reported behind everything that the run did and before
/// anything that its successor does, so that whoever publishes it in band puts it in the right
/// place. `reason(end, detail)` is the one line of it for people.
struct ServiceEnd {
    /// The way from the root: `monitor`, `web/api`.
    std::string service;
    End end = End::kCompleted;
    /// `address in use`, for people; fit to be printed; may be empty.
    std::string detail;
    /// Absent: it is not started again.
    std::optional<base::Duration> restart_after;
    /// The program ends with it.
    bool fatal = false;
    /// Failures in a row, since the service was new or had a good run; this one included.
    std::uint32_t failures = 0;
    base::Instant at;
};

/// The health of a running service changed, or it runs anew.
struct HealthChanged {
    std::string service;
    Health health = Health::kHealthy;
    /// What the check found; fit to be printed; empty when healthy.
    std::string detail;
    base::Instant at;
};

/// Why the whole tree ended: a critical service ended, or a budget was spent.
struct FatalEnd : std::runtime_error {
    /// `end_reason` is the reason of the service's end.
    FatalEnd(std::string ended_service, const std::string& end_reason);

    std::string service;
};

/// What a tree works with. The callbacks are called on the event loop and must not throw.
struct Environment {
    boost::asio::any_io_executor executor;
    /// Outlives the tree.
    base::Clock* clock = nullptr;
    /// Of all jitter in the tree.
    std::uint64_t seed = 0;
    /// How long an unhealthy run may take to end before it is abandoned.
    base::Duration stop_limit = std::chrono::seconds{10};
    std::function<void(const ServiceEnd&)> on_service_end;
    std::function<void(const HealthChanged&)> on_health;
    /// A fatal end, reported once and at once, while everything else still runs.
    std::function<void(const FatalEnd&)> on_fatal;
    /// A main service has completed: whoever runs the tree ends it. `Program` does.
    std::function<void()> on_done;
};

}  // namespace supervisor
