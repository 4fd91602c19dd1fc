#include "monitor/tick_schedule.hpp"

#include <cassert>
#include <chrono>

#include "chain/slot.hpp"
#include "chain/spec.hpp"

namespace monitor {

TickSchedule::TickSchedule(base::MonoTime start, int tick_twelfths)
    : last_{start}, tick_twelfths_{tick_twelfths} {
    assert(tick_twelfths >= 0 && tick_twelfths < 12);
}

void TickSchedule::set_slot_time(const chain::SlotClock& clock, base::MonoTime now) {
    clock_ = clock;
    if (!has_ticked_) {
        // A phase point that passed before we knew of it is no tick that is overdue.
        last_ = now;
    }
}

base::Duration TickSchedule::slot() const {
    return clock_ ? base::Duration{clock_->slot_duration()} : chain::kDefaultSlotDuration;
}

base::MonoTime TickSchedule::next(base::Instant now) const {
    if (!clock_) {
        return last_ + slot();
    }
    const base::Duration slot_length = slot();
    const base::WallTime last_on_wall = now.wall - (now.mono - last_);
    const base::WallTime phase = clock_->genesis() + slot_length * tick_twelfths_ / 12;
    // How far behind a phase point the last tick was; not negative before genesis either.
    base::Duration behind = (last_on_wall - phase) % slot_length;
    if (behind < base::Duration::zero()) {
        behind += slot_length;
    }
    const base::Duration to_phase = slot_length - behind;
    if (!has_ticked_) {
        return last_ + to_phase;
    }
    // The last tick was just ahead of its phase point. So little is the clocks' jitter, and a tick
    // right there would be the same tick again.
    if (to_phase * 100 <= slot_length) {
        return last_ + slot_length;
    }
    // Another tick so soon would be two in one slot, and the phase point after it is more than one
    // slot away: half-way there, and the tick after that is in phase.
    if (to_phase * 4 < slot_length) {
        return last_ + (slot_length + to_phase) / 2;
    }
    return last_ + to_phase;
}

base::MonoTime TickSchedule::next_slot(base::Instant now) const {
    if (!clock_) {
        return base::MonoTime::max();
    }
    // The clocks drift apart by less in one sleep; to wake too early would be to wake twice.
    constexpr std::chrono::milliseconds kPast{1};
    const auto slot = clock_->slot_at(now.wall);
    const base::WallTime start = clock_->start_of(slot ? slot->next() : chain::Slot{0});
    return now.mono + (start - now.wall) + kPast;
}

void TickSchedule::on_tick(base::MonoTime scheduled, base::MonoTime now) {
    has_ticked_ = true;
    last_ = scheduled;
    if (now > last_) {
        last_ += (now - last_) / slot() * slot();
    }
}

}  // namespace monitor
