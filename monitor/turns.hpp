#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace monitor {

/// Where the driver of a run looks at the time, at the list and at what has ended since. Between
/// two turns it only passes on what the nodes do. A recording keeps the turns, and a replay gives
/// them back at the same places; without either, each begins at once.
class Turns {
  public:
    enum class Kind : std::uint8_t { kRunBegins, kGoesOn };
    /// Why a run ends from outside.
    enum class Stop : std::uint8_t { kBroadcastCloses, kCancelled };

    Turns() = default;
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;
    virtual ~Turns() = default;

    /// Returns when the turn begins. Ends with operation_aborted when cancelled.
    [[nodiscard]] virtual base::Task<void> begin(Kind kind) = 0;
    /// Before what the run does and publishes at such an end.
    virtual void stopping(Stop why) = 0;

    /// The moment of what goes on: of the turn, or of what a node has done since.
    [[nodiscard]] virtual base::Instant now() const = 0;
    /// What the kernel knew of the wall clock when the turn began.
    [[nodiscard]] virtual std::optional<base::KernelClock> kernel_clock() const = 0;
};

}  // namespace monitor
