#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace history {

/// A stretch of wall time of which the record can hold nothing, though headmon runs.
struct Unwatched {
    /// Reasons of gaps, as literals. The machine or the process was suspended.
    static constexpr std::string_view kSuspended = "suspended";
    /// The wall clock was set forward, or the clock of a paused virtual machine was put right: the
    /// two look alike from inside.
    static constexpr std::string_view kClockStepped = "clock_stepped";

    base::WallTime from;
    base::WallTime until;
    std::string_view reason;

    friend bool operator==(const Unwatched&, const Unwatched&) = default;
};

/// Finds out that time went by without us. Pure state: it is told the time, once in kInterval.
///
/// A look that comes late (SIGSTOP, a debugger, a machine that thrashes), or between which and the
/// last one the machine slept, means a suspension. Wall time that went on where neither is so was
/// set: nothing can have been recorded of the moments that it passed over, but nobody was
/// suspended. A clock that is set back leaves no gap.
class SuspensionDetector {
  public:
    static constexpr base::Duration kInterval = std::chrono::seconds{1};
    /// What is shorter than that is no gap.
    static constexpr base::Duration kTolerance = std::chrono::seconds{10};

    /// `asleep` is `base::Clock::asleep`. Returns what was not watched since the last look.
    [[nodiscard]] std::optional<Unwatched> look(base::Instant now, base::Duration asleep);

  private:
    struct Look {
        base::Instant at;
        base::Duration asleep;
        /// The latest wall time of all looks: what lies before it was watched once.
        base::WallTime latest;
    };
    std::optional<Look> last_;
};

}  // namespace history
