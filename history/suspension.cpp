#include "history/suspension.hpp"

#include <algorithm>
#include <utility>

namespace history {

std::optional<Unwatched> SuspensionDetector::look(base::Instant now, base::Duration asleep) {
    const auto last = std::exchange(
        last_, Look{now, asleep, last_ ? std::max(last_->latest, now.wall) : now.wall});
    if (!last) {
        return std::nullopt;
    }
    const base::Duration slept = asleep - last->asleep;
    const base::Duration awake = now.mono - last->at.mono;
    const base::Duration set = (now.wall - last->at.wall) - awake - slept;
    if (awake - kInterval > kTolerance || slept > kTolerance) {
        return Unwatched{last->at.wall, now.wall, Unwatched::kSuspended};
    }
    if (set > kTolerance && now.wall > last->latest) {
        return Unwatched{std::max(last->at.wall, last->latest), now.wall, Unwatched::kClockStepped};
    }
    return std::nullopt;
}

}  // namespace history
