#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "monitor/update.hpp"

namespace monitor {

/// The shortest wait between two runs.
inline constexpr std::chrono::milliseconds kRunWaitMin{100};

/// When the next run starts: 100 ms after a clean end, at the next tick after a failed run. A list
/// change during the wait for the tick lets it start earlier, though not within those 100 ms.
class RunWait {
  public:
    RunWait(RunEnd end, base::MonoTime ended_at) : end_{end}, ended_at_{ended_at} {}

    void list_changed(base::MonoTime at) { changed_at_ = changed_at_ ? changed_at_ : at; }

    /// `next_tick` is the tick that it waits for.
    [[nodiscard]] base::MonoTime starts_at(base::MonoTime next_tick) const {
        const base::MonoTime earliest = ended_at_ + kRunWaitMin;
        if (end_ != RunEnd::kGaveUp) {
            return earliest;
        }
        return changed_at_ ? std::min(next_tick, std::max(earliest, *changed_at_)) : next_tick;
    }

  private:
    RunEnd end_;
    base::MonoTime ended_at_;
    std::optional<base::MonoTime> changed_at_;
};

}  // namespace monitor
