#include "chain/slot_clock.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace chain {
namespace {

/// Nanoseconds wide enough for any slot number times any slot duration.
__extension__ using Wide = __int128;

Wide nanoseconds(base::Duration duration) {
    return duration.count();
}

/// `value` as a Duration; what lies beyond becomes the nearest there is.
base::Duration saturated(Wide value) {
    constexpr Wide kLeast = std::numeric_limits<base::Duration::rep>::min();
    constexpr Wide kMost = std::numeric_limits<base::Duration::rep>::max();
    return base::Duration{static_cast<base::Duration::rep>(std::clamp(value, kLeast, kMost))};
}

}  // namespace

SlotClock::SlotClock(base::WallTime genesis, std::chrono::milliseconds slot_duration)
    : genesis_{genesis}, slot_duration_{slot_duration} {
    assert(slot_duration.count() > 0);
}

std::optional<Slot> SlotClock::slot_at(base::WallTime when) const {
    if (when < genesis_) {
        return std::nullopt;
    }
    const Wide since_genesis =
        nanoseconds(when.time_since_epoch()) - nanoseconds(genesis_.time_since_epoch());
    return Slot{static_cast<std::uint64_t>(since_genesis / nanoseconds(slot_duration_))};
}

base::WallTime SlotClock::start_of(Slot slot) const {
    const base::Duration start = saturated(nanoseconds(genesis_.time_since_epoch()) +
                                           Wide{slot.value} * nanoseconds(slot_duration_));
    return base::WallTime{std::chrono::duration_cast<base::WallTime::duration>(start)};
}

base::Duration SlotClock::delay_into(Slot slot, base::WallTime when) const {
    return saturated(nanoseconds(when.time_since_epoch()) -
                     nanoseconds(genesis_.time_since_epoch()) -
                     Wide{slot.value} * nanoseconds(slot_duration_));
}

}  // namespace chain
