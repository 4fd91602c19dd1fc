#include "logging/line_backoff.hpp"

#include <chrono>
#include <vector>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using logging::LineBackoff;

namespace {

constexpr base::Duration kSlot = 12s;

base::MonoTime at_slot(int slot) {
    return base::MonoTime{1h} + slot * kSlot;
}

/// The slots in which a line is written of what fails in each slot, up to `slots`.
std::vector<int> written_when_failing(int slots) {
    LineBackoff backoff;
    std::vector<int> written;
    for (int slot = 0; slot < slots; ++slot) {
        if (backoff.failed(at_slot(slot), kSlot)) {
            written.push_back(slot);
        }
    }
    return written;
}

/// Well for this long, with a sign of it once a slot.
void well_for(LineBackoff& backoff, int from, int slots) {
    for (int slot = from; slot < from + slots; ++slot) {
        (void)backoff.well(at_slot(slot));
    }
}

}  // namespace

TEST_CASE("what fails in each slot is written with gaps that double up to an hour", "[logging]") {
    CHECK(written_when_failing(1400) ==
          std::vector<int>{0, 2, 6, 14, 30, 62, 126, 254, 510, 810, 1110});
}

TEST_CASE("that it is well again is written where its failure was, once", "[logging]") {
    LineBackoff backoff;
    CHECK_FALSE(backoff.well(at_slot(0)));
    CHECK(backoff.failed(at_slot(1), kSlot));
    CHECK(backoff.is_bad_written());
    CHECK(backoff.well(at_slot(1)));
    CHECK_FALSE(backoff.well(at_slot(2)));
    CHECK_FALSE(backoff.failed(at_slot(2), kSlot));
    CHECK_FALSE(backoff.is_bad_written());
    CHECK_FALSE(backoff.well(at_slot(2)));
}

TEST_CASE("a moment that is well ends no back-off, a good while does", "[logging]") {
    LineBackoff backoff;
    CHECK(backoff.failed(at_slot(0), kSlot));
    SECTION("each slot well, and each slot failed") {
        for (int slot = 1; slot < 300; ++slot) {
            (void)backoff.well(at_slot(slot) - 6s);
            (void)backoff.failed(at_slot(slot), kSlot);
        }
        CHECK(backoff.failures() == 300);
    }
    SECTION("a slot less than a good while") {
        well_for(backoff, 1, LineBackoff::kGoodSlots);
        CHECK(backoff.is_backing_off());
        // Long after the gap is over it is written, and counts on.
        CHECK(backoff.failed(at_slot(65), kSlot));
        CHECK(backoff.failures() == 2);
    }
    SECTION("a good while") {
        well_for(backoff, 1, LineBackoff::kGoodSlots + 1);
        CHECK_FALSE(backoff.is_backing_off());
        CHECK(backoff.failed(at_slot(66), kSlot));
        CHECK(backoff.failures() == 1);
        CHECK(backoff.failed(at_slot(68), kSlot));
    }
}

TEST_CASE("the longer the gap is, the longer a good while is", "[logging]") {
    LineBackoff backoff;
    for (int slot = 0; slot < 300; ++slot) {
        (void)backoff.failed(at_slot(slot), kSlot);
    }
    // The last line was written in slot 254, and the next gap is one of 256 slots.
    well_for(backoff, 300, 256);
    CHECK(backoff.is_backing_off());
    well_for(backoff, 556, 1);
    CHECK_FALSE(backoff.is_backing_off());
}

TEST_CASE("what is not seen to be well is no good while", "[logging]") {
    LineBackoff backoff;
    CHECK(backoff.failed(at_slot(0), kSlot));
    (void)backoff.well(at_slot(1));
    // Nobody knows how it was in between.
    CHECK(backoff.failed(at_slot(1000), kSlot));
    CHECK(backoff.failures() == 2);
}

TEST_CASE("in short slots a good while takes ten minutes, in long ones a gap is two slots",
          "[logging]") {
    LineBackoff quick;
    const base::MonoTime start{1h};
    CHECK(quick.failed(start, 100ms));
    (void)quick.well(start);
    (void)quick.well(start + 599s);
    CHECK(quick.is_backing_off());
    (void)quick.well(start + 600s);
    CHECK_FALSE(quick.is_backing_off());

    LineBackoff slow;
    CHECK(slow.failed(start, 15min));
    CHECK_FALSE(slow.failed(start + 15min, 15min));
    CHECK(slow.failed(start + 30min, 15min));
    CHECK(slow.failed(start + 90min, 15min));
    // An hour is the longest gap.
    CHECK(slow.failed(start + 150min, 15min));
}
