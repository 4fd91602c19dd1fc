#pragma once

#include <chrono>
#include <optional>

#include "base/task.hpp"

namespace base {

/// Monotonic time: what waits, deadlines and cadences are counted in.
using MonoTime = std::chrono::steady_clock::time_point;
/// Wall time: what slots are computed from and what people read. May step.
using WallTime = std::chrono::system_clock::time_point;
using Duration = std::chrono::nanoseconds;

/// One moment, read on both clocks.
struct Instant {
    MonoTime mono;
    WallTime wall;

    friend bool operator==(const Instant&, const Instant&) = default;
};

/// What the kernel knows of its wall clock: adjtimex(2).
struct KernelClock {
    /// STA_UNSYNC is off: a time service keeps the clock right.
    bool is_synchronised = false;

    friend bool operator==(const KernelClock&, const KernelClock&) = default;
};

/// Where services get the time from. Pure state is given it instead.
class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    [[nodiscard]] virtual MonoTime now() const = 0;
    [[nodiscard]] virtual WallTime wall_now() const = 0;
    /// What the kernel knows of `wall_now`; nothing where it cannot be asked.
    [[nodiscard]] virtual std::optional<KernelClock> kernel_clock() const { return std::nullopt; }
    /// How long the machine has slept since it was started: `now` does not count that. Zero where
    /// it cannot be known.
    [[nodiscard]] virtual Duration asleep() const { return {}; }
    [[nodiscard]] Instant instant() const { return Instant{now(), wall_now()}; }

    /// Returns at `deadline` or later, at once when it has passed. Ends with operation_aborted when
    /// cancelled.
    [[nodiscard]] virtual Task<void> sleep_until(MonoTime deadline) = 0;
};

}  // namespace base
