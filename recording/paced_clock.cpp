#include "recording/paced_clock.hpp"

#include <algorithm>
#include <chrono>

namespace recording {

void PacedClock::begin(base::Instant first) {
    first_ = first;
    began_ = real_.now();
    has_begun_ = true;
}

void PacedClock::stand_at(base::Instant at) {
    first_ = at;
    has_begun_ = false;
}

base::Duration PacedClock::since_begin() const {
    return std::chrono::duration_cast<base::Duration>((real_.now() - began_) * speed_);
}

base::MonoTime PacedClock::now() const {
    return has_begun_ ? first_.mono + since_begin() : first_.mono;
}

base::WallTime PacedClock::wall_now() const {
    return has_begun_
               ? first_.wall + std::chrono::duration_cast<base::WallTime::duration>(since_begin())
               : first_.wall;
}

base::Task<void> PacedClock::sleep_until(base::MonoTime deadline) {
    // What is further away than this comes again: the sum must not leave the type.
    constexpr std::chrono::hours kLongest{24 * 365};
    const auto wait = std::min<base::Duration>(
        std::chrono::duration_cast<base::Duration>(std::chrono::duration<double, std::nano>(
            static_cast<double>(
                std::min<base::Duration>(
                    deadline == base::MonoTime::max() ? kLongest : deadline - now(), kLongest)
                    .count()) /
            speed_)),
        kLongest);
    return real_.sleep_until(real_.now() + wait);
}

}  // namespace recording
