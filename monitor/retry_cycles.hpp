#pragma once

#include <cstdint>
#include <optional>

#include "updates/update.hpp"

namespace monitor {

/// Fully failed retry cycles in a row that end a run.
inline constexpr std::uint32_t kFailedCyclesMax = 5;

/// Counts the retry cycles of one run that failed fully. A cycle goes from one tick to the next;
/// the opening at the start of a run is none. Pure.
class RetryCycles {
  public:
    /// A tick; `is_open` says whether some stream is open at it.
    void on_tick(bool is_open);
    void stream_opened();
    void head_received() { failed_in_row_ = 0; }
    /// A moment at which no stream is connecting, waiting or open. The failure, if that makes one:
    /// no stream was open since the tick, and the cycle has not failed before.
    [[nodiscard]] std::optional<updates::CycleFailed> nothing_left();

  private:
    bool has_ticked_ = false;
    bool open_since_tick_ = false;
    bool has_failed_ = false;
    std::uint32_t failed_in_row_ = 0;
};

}  // namespace monitor
