#pragma once

#include <cstdint>

namespace metrics {

/// What is counted of publishing to the fleet, read when somebody looks.
struct FleetReading {
    bool is_connected = false;
    std::uint64_t published = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t failures = 0;
    std::uint64_t lost = 0;
    std::uint64_t waiting = 0;
};

}  // namespace metrics
