#include "fleet/site_clock.hpp"

#include <catch2/catch.hpp>

#include "fleet/origins.hpp"
#include "tests/fleet/reading_fixture.hpp"

namespace site_clock_test {
namespace {

using namespace std::chrono_literals;
using fleet::ClockBasis;
using fleet::SiteClock;
using Level = updates::ClockSkew::Level;

SiteClock clock_of(std::optional<base::Duration> offset, std::optional<base::Duration> uncertainty,
                   std::optional<bool> kernel, Level level = Level::kNone) {
    SiteClock clock;
    clock.report(updates::ClockSkew{level, offset, uncertainty, kernel});
    return clock;
}

}  // namespace

TEST_CASE("nothing is known of a clock that nobody has told of", "[fleet]") {
    CHECK(SiteClock{}.reading() == fleet::ClockReading{});
    CHECK(clock_of({}, {}, std::nullopt).reading().basis == ClockBasis::kUnknown);
    CHECK(clock_of({}, {}, false).reading().basis == ClockBasis::kUnknown);
}

TEST_CASE("a clock that the kernel keeps is right, unless the nodes say that it is not",
          "[fleet]") {
    CHECK(clock_of({}, {}, true).reading() ==
          fleet::ClockReading{ClockBasis::kKernel, 0s, SiteClock::kKept});
    CHECK(clock_of(400ms, 500ms, true).reading().basis == ClockBasis::kKernel);
    CHECK(clock_of(800ms, 500ms, true).reading() ==
          fleet::ClockReading{ClockBasis::kNodes, 800ms, 500ms});
    CHECK(clock_of(3s, 500ms, true, Level::kSkewed).reading().offset == 3s);
}

TEST_CASE("dates of nodes bound an offset on both sides, early heads on one", "[fleet]") {
    CHECK(clock_of(-2400ms, 520ms, false).reading() ==
          fleet::ClockReading{ClockBasis::kNodes, -2400ms, 520ms});
    const auto reading = clock_of(-700ms, 0s, false).reading();
    CHECK(reading.basis == ClockBasis::kEarlyHeads);
    CHECK_FALSE(reading.uncertainty);
}

TEST_CASE("a message that is dated later than the broker stored it proves its clock ahead",
          "[fleet]") {
    SiteClock clock = clock_of({}, {}, true);
    clock.compare(tests::kNoon + 20ms, tests::kNoon);
    CHECK(clock.reading().basis == ClockBasis::kKernel);
    clock.compare(tests::kNoon + 3s, tests::kNoon);
    CHECK(clock.reading() == fleet::ClockReading{ClockBasis::kBroker, 3s, std::nullopt});
    // It was set right: the proof ends.
    clock.compare(tests::kNoon + 299s, tests::kNoon + 299s + 1ms);
    CHECK(clock.reading().offset == 3s);
    clock.compare(tests::kNoon + 599s, tests::kNoon + 599s + 1ms);
    CHECK(clock.reading().offset == 3s);
    clock.compare(tests::kNoon + 601s, tests::kNoon + 601s + 1ms);
    CHECK(clock.reading().basis == ClockBasis::kKernel);
}

TEST_CASE("moments of one clock need no correction; of two they are corrected and doubted",
          "[fleet]") {
    const fleet::DatedMoment here{tests::kNoon, {ClockBasis::kNodes, 2s, 300ms}};
    const fleet::DatedMoment there{tests::kNoon - 1900ms, {ClockBasis::kKernel, 0s, 50ms}};
    const auto lag = fleet::difference(here, there, false);
    CHECK(lag.value == 100ms);
    CHECK(lag.uncertainty == 350ms);
    CHECK(lag.is_doubtful());
    CHECK_FALSE(fleet::difference(here, {tests::kNoon - 1500ms, there.clock}, false).is_doubtful());
    CHECK(fleet::difference(here, {tests::kNoon + 5ms, here.clock}, true).value == 5ms);
    CHECK_FALSE(fleet::difference(here, {tests::kNoon + 5ms, here.clock}, true).is_doubtful());
    CHECK_FALSE(fleet::difference(here, {tests::kNoon, {}}, false).uncertainty);
}

TEST_CASE("two headmons of one name are known by an origin that comes again", "[fleet]") {
    fleet::Origins origins;
    origins.meet(1, tests::kNoon);
    origins.meet(2, tests::kNoon + 10s);
    // A headmon that began anew.
    CHECK_FALSE(origins.are_two(tests::kNoon + 10s));
    origins.meet(1, tests::kNoon + 20s);
    CHECK(origins.are_two(tests::kNoon + 20s));
    CHECK(origins.are_two(tests::kNoon + 100s));
    // One of them is gone.
    origins.meet(1, tests::kNoon + 101s);
    CHECK_FALSE(origins.are_two(tests::kNoon + 101s));
}

}  // namespace site_clock_test
