#include "monitor/tick_schedule.hpp"

#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "chain/slot_clock.hpp"

using chain::SlotClock;
using monitor::TickSchedule;
using namespace std::chrono_literals;

namespace {

const base::MonoTime kStart{1h};
const base::WallTime kWall{std::chrono::seconds{1767225600}};

/// Wall and monotonic time, which go on together unless wall time is stepped.
struct Time {
    base::Instant now{kStart, kWall};

    void go_to(base::MonoTime moment) { pass(moment - now.mono); }
    void pass(base::Duration duration) {
        now.mono += duration;
        now.wall += std::chrono::duration_cast<base::WallTime::duration>(duration);
    }
    void step_wall(base::Duration duration) { now.wall += duration; }
};

/// Sleeps until the next tick and takes it. Returns its scheduled moment.
base::MonoTime take_tick(TickSchedule& cadence, Time& time, base::Duration late = {}) {
    const base::MonoTime scheduled = cadence.next(time.now);
    time.go_to(std::max(time.now.mono, scheduled) + late);
    cadence.on_tick(scheduled, time.now.mono);
    return scheduled;
}

/// How far into its slot a moment is, as a part of the slot.
double phase(const SlotClock& clock, const Time& time, base::MonoTime moment) {
    const auto since = time.now.wall - (time.now.mono - moment) - clock.genesis();
    const double slots =
        std::chrono::duration<double>(since) / std::chrono::duration<double>(clock.slot_duration());
    return slots - std::floor(slots);
}

bool is_in_phase(const SlotClock& clock, const Time& time, base::MonoTime moment) {
    return std::abs(phase(clock, time, moment) - 11.0 / 12) < 0.0101;
}

}  // namespace

TEST_CASE("until slot time is known ticks are 12 s apart from the start", "[monitor]") {
    Time time;
    TickSchedule cadence{kStart, 11};
    CHECK((take_tick(cadence, time) == kStart + 12s));
    CHECK((take_tick(cadence, time, 300ms) == kStart + 24s));
    CHECK((take_tick(cadence, time) == kStart + 36s));
}

TEST_CASE("ticks lie at eleven twelfths of the slot", "[monitor]") {
    Time time;
    TickSchedule cadence{kStart, 11};
    cadence.set_slot_time(SlotClock{kWall - 36s, 12s}, kStart);
    CHECK((take_tick(cadence, time) == kStart + 11s));
    CHECK((take_tick(cadence, time, 1s) == kStart + 23s));
    CHECK((take_tick(cadence, time, 900ms) == kStart + 35s));
}

TEST_CASE("before genesis there are ticks", "[monitor]") {
    Time time;
    TickSchedule cadence{kStart, 11};
    cadence.set_slot_time(SlotClock{kWall + 100s, 12s}, kStart);
    CHECK((take_tick(cadence, time) == kStart + 3s));
    CHECK((take_tick(cadence, time) == kStart + 15s));
}

TEST_CASE("slots of 50 ms and of minutes work", "[monitor]") {
    const auto slot = GENERATE(50ms, 400ms, 5000ms, 600'000ms);
    Time time;
    TickSchedule cadence{kStart, 11};
    const SlotClock clock{kWall - 1234567ms, slot};
    cadence.set_slot_time(clock, kStart);
    base::MonoTime last = take_tick(cadence, time);
    for (int i = 0; i < 1000; ++i) {
        const base::MonoTime next = take_tick(cadence, time, slot / 100);
        CHECK((next - last == slot));
        CHECK(is_in_phase(clock, time, next));
        last = next;
    }
}

TEST_CASE("missed ticks are not made up for", "[monitor]") {
    Time time;
    TickSchedule cadence{kStart, 11};
    CHECK((take_tick(cadence, time) == kStart + 12s));
    time.pass(40s);
    CHECK((cadence.next(time.now) == kStart + 24s));
    CHECK((take_tick(cadence, time) == kStart + 24s));
    CHECK((cadence.next(time.now) == kStart + 60s));
}

TEST_CASE("a phase point that passed before slot time was known is no overdue tick", "[monitor]") {
    Time time;
    TickSchedule cadence{kStart, 11};
    time.pass(8s);
    cadence.set_slot_time(SlotClock{kWall + 2s, 12s}, time.now.mono);
    CHECK((cadence.next(time.now) == kStart + 13s));
}

TEST_CASE("clock jitter causes no second tick in a slot", "[monitor]") {
    Time time;
    TickSchedule cadence{kStart, 11};
    cadence.set_slot_time(SlotClock{kWall, 12s}, kStart);
    base::MonoTime last = take_tick(cadence, time);
    std::mt19937 random{7};  // NOLINT: the same on every run
    std::uniform_int_distribution<int> jitter_us{-50'000, 50'000};
    for (int i = 0; i < 10'000; ++i) {
        const std::chrono::microseconds jitter{jitter_us(random)};
        time.step_wall(jitter);
        const base::MonoTime next = take_tick(cadence, time);
        time.step_wall(-jitter);
        CHECK((next - last > 11s));
        CHECK((next - last <= 12s));
        last = next;
    }
}

TEST_CASE("after a step of the wall clock the ticks are in phase within two", "[monitor]") {
    const auto slot = GENERATE(50ms, 12'000ms);
    for (int percent = -350; percent <= 350; ++percent) {
        Time time;
        TickSchedule cadence{kStart, 11};
        const SlotClock clock{kWall, slot};
        cadence.set_slot_time(clock, kStart);
        base::MonoTime last = take_tick(cadence, time);
        time.step_wall(base::Duration{slot} * percent / 100);
        for (int i = 0; i < 4; ++i) {
            const base::MonoTime next = take_tick(cadence, time);
            INFO("step of " << percent << " %, tick " << i);
            CHECK((next - last <= slot));
            CHECK((next - last >= slot / 4));
            if (i >= 1) {
                CHECK(is_in_phase(clock, time, next));
            }
            last = next;
        }
    }
}

TEST_CASE("a new slot time is followed within two ticks", "[monitor]") {
    for (int offset_ms = 0; offset_ms < 12'000; offset_ms += 37) {
        Time time;
        TickSchedule cadence{kStart, 11};
        base::MonoTime last = take_tick(cadence, time);
        const SlotClock clock{kWall + std::chrono::milliseconds{offset_ms}, 6s};
        cadence.set_slot_time(clock, time.now.mono);
        for (int i = 0; i < 3; ++i) {
            const base::MonoTime next = take_tick(cadence, time);
            CHECK((next - last <= 6s));
            CHECK((next - last >= 1500ms));
            if (i >= 1) {
                CHECK(is_in_phase(clock, time, next));
            }
            last = next;
        }
    }
}

TEST_CASE("the next slot begins where the wall clock says, and never while nobody knows",
          "[monitor]") {
    TickSchedule cadence{kStart, 11};
    Time time;
    CHECK((cadence.next_slot(time.now) == base::MonoTime::max()));
    cadence.set_slot_time(SlotClock{kWall - 5s, 12s}, kStart);
    CHECK((cadence.next_slot(time.now) == kStart + 7s + 1ms));
    time.pass(7s);
    CHECK((cadence.next_slot(time.now) == kStart + 19s + 1ms));
    time.step_wall(-3s);
    CHECK((cadence.next_slot(time.now) == kStart + 10s + 1ms));
    SECTION("before genesis it is the first one") {
        cadence.set_slot_time(SlotClock{time.now.wall + 60s, 12s}, time.now.mono);
        CHECK((cadence.next_slot(time.now) == time.now.mono + 60s + 1ms));
    }
}
