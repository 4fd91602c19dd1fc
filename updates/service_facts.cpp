#include "updates/service_facts.hpp"

#include <cassert>

namespace updates {

std::string_view to_string(ServiceEndReason reason) {
    switch (reason) {
        case ServiceEndReason::kCompleted:
            return "completed";
        case ServiceEndReason::kFailed:
            return "failed";
        case ServiceEndReason::kCancelled:
            return "cancelled";
        case ServiceEndReason::kUnhealthy:
            return "unhealthy";
        case ServiceEndReason::kTimeout:
            return "timeout";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(ServiceHealthState state) {
    switch (state) {
        case ServiceHealthState::kHealthy:
            return "healthy";
        case ServiceHealthState::kDegraded:
            return "degraded";
        case ServiceHealthState::kUnhealthy:
            return "unhealthy";
    }
    assert(false);
    return "unknown";
}

}  // namespace updates
