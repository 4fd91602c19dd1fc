#pragma once

#include <cstdint>

namespace metrics {

/// What the recording counts, read when somebody looks.
struct RecordingReading {
    /// Of this start.
    std::uint64_t lost_entries = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t write_failures = 0;
    /// Of all files in the directory.
    std::uint64_t bytes = 0;
};

}  // namespace metrics
