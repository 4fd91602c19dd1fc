#pragma once

#include <optional>

#include "base/clock.hpp"
#include "chain/slot_clock.hpp"

namespace monitor {

/// When the ticks are: one in each slot, at a fixed part of it. Pure: given the time, it answers a
/// moment to sleep until. Not thread-safe.
///
/// Ticks are counted on monotonic time, from one *scheduled* moment to the next, so that late
/// wake-ups do not add up. Once slot time is known they are phased to the chain, and phased anew
/// when slot time or the wall clock changes: within two ticks, while two scheduled ticks are never
/// more than one slot apart, nor less than a quarter. Until then they are 12 s apart, from the
/// start. Before genesis there are ticks too.
class TickSchedule {
  public:
    /// `tick_twelfths` of the slot lie before the tick.
    TickSchedule(base::MonoTime start, int tick_twelfths);

    /// Slot time was learned or changed. Before the first tick that begins the cadence anew.
    void set_slot_time(const chain::SlotClock& clock, base::MonoTime now);

    /// The scheduled moment of the next tick; later than the last scheduled one. Lies in the past
    /// when that tick is overdue: it is due at once.
    [[nodiscard]] base::MonoTime next(base::Instant now) const;

    /// When the next slot of the chain begins, by `now`'s wall clock; a little later, in case
    /// that clock has not reached the moment yet. Never before slot time is known.
    [[nodiscard]] base::MonoTime next_slot(base::Instant now) const;

    /// The tick of `scheduled` happens at `now`. Ticks that were missed meanwhile are not made up
    /// for.
    void on_tick(base::MonoTime scheduled, base::MonoTime now);

    [[nodiscard]] base::Duration slot() const;

  private:
    /// Scheduled, or the start.
    base::MonoTime last_;
    bool has_ticked_ = false;
    int tick_twelfths_;
    std::optional<chain::SlotClock> clock_;
};

}  // namespace monitor
