#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace history {

/// Microseconds since 1970, as the tables have moments.
[[nodiscard]] inline std::int64_t to_micros(base::WallTime when) {
    return std::chrono::floor<std::chrono::microseconds>(when.time_since_epoch()).count();
}

[[nodiscard]] inline base::WallTime from_micros(std::int64_t micros) {
    return base::WallTime{
        std::chrono::duration_cast<base::WallTime::duration>(std::chrono::microseconds{micros})};
}

}  // namespace history
