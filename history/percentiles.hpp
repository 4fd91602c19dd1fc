#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace history {

/// Values by rank: the smallest that at least so many of a hundred do not exceed. Empty without
/// values.
struct Percentiles {
    std::optional<base::Duration> p50;
    std::optional<base::Duration> p95;
    std::optional<base::Duration> p99;

    friend bool operator==(const Percentiles&, const Percentiles&) = default;
};

/// Of `values`, whose order it changes.
[[nodiscard]] Percentiles percentiles(std::vector<std::int64_t>& values);

}  // namespace history
