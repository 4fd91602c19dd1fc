#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace metrics {

/// What the history counts, read when somebody looks.
struct HistoryReading {
    std::uint64_t batches = 0;
    std::uint64_t updates = 0;
    std::uint64_t write_failures = 0;
    /// Absent before the first batch.
    std::optional<base::WallTime> last_written;
    /// Of the database without its log (`-wal`); absent before the first batch.
    std::optional<std::uint64_t> file_bytes;
    std::uint64_t rows_deleted = 0;
    std::uint64_t retention_failures = 0;
    std::uint64_t read_timeouts = 0;
};

}  // namespace metrics
