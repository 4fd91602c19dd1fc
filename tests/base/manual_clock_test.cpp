#include "tests/support/manual_clock.hpp"

#include <string>

#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "base/task.hpp"

namespace manual_clock_test {

using namespace std::chrono_literals;

namespace {

base::Task<void> note_after(base::Clock& clock, base::Duration wait, std::string& notes,
                            char name) {
    co_await clock.sleep_until(clock.now() + wait);
    notes += name;
}

}  // namespace

TEST_CASE("sleepers wake in the order of their deadlines and equal ones in the order they slept",
          "[base]") {
    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    std::string notes;
    base::asio::co_spawn(loop, note_after(clock, 20s, notes, 'c'), base::asio::detached);
    base::asio::co_spawn(loop, note_after(clock, 10s, notes, 'a'), base::asio::detached);
    base::asio::co_spawn(loop, note_after(clock, 10s, notes, 'b'), base::asio::detached);
    clock.advance(10s - 1ns);
    CHECK(notes.empty());
    clock.advance(1ns);
    CHECK(notes == "ab");
    clock.advance(1h);
    CHECK(notes == "abc");
    CHECK(clock.wake_ups() == 3);
}

TEST_CASE("wall time advances with monotonic time and can be stepped alone", "[base]") {
    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    const auto start = clock.instant();
    clock.advance(3s);
    clock.step_wall(-10s);
    CHECK(clock.now() == start.mono + 3s);
    CHECK(clock.wall_now() == start.wall - 7s);
}

}  // namespace manual_clock_test
