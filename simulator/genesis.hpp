#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace simulator {

/// When the simulation's slots are. `time` is the start of slot 0, a whole second of wall time, as
/// the wire has it.
struct Genesis {
    base::Instant time;
    std::chrono::milliseconds slot_duration;

    [[nodiscard]] base::MonoTime start_of(std::uint64_t slot) const {
        return time.mono + slot_duration * static_cast<std::int64_t>(slot);
    }
};

}  // namespace simulator
