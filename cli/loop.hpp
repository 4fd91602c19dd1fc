#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace cli {

/// Runs `task` on `loop` until it ends, or until SIGINT or SIGTERM: then it is cancelled and waited
/// for, which is a clean end. Throws what `task` throws. Returns how many handlers the loop ran.
std::uint64_t run_until_signal(boost::asio::io_context& loop, base::Task<void> task);

/// `now` and `limit` later; the end of time when there is no limit.
[[nodiscard]] base::MonoTime deadline(base::MonoTime now,
                                      std::optional<std::chrono::milliseconds> limit);

}  // namespace cli
