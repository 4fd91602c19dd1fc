#include "base/notify.hpp"

#include <boost/asio/detached.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>

#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;

namespace {

base::Task<void> count_wakes(base::Notify& notify, int& wakes) {
    while (true) {
        co_await notify.wait();
        CHECK(notify.take());
        ++wakes;
    }
}

}  // namespace

TEST_CASE("a notification sent while nobody waits is kept for the next wait", "[base]") {
    boost::asio::io_context loop;
    base::Notify notify{loop.get_executor()};
    notify.notify();
    int wakes = 0;
    base::asio::co_spawn(loop, count_wakes(notify, wakes), base::asio::detached);
    loop.poll();
    CHECK(wakes == 1);
}

TEST_CASE("several notifications before the waiter runs count as one", "[base]") {
    boost::asio::io_context loop;
    base::Notify notify{loop.get_executor()};
    int wakes = 0;
    base::asio::co_spawn(loop, count_wakes(notify, wakes), base::asio::detached);
    loop.poll();
    notify.notify();
    notify.notify();
    loop.restart();
    loop.poll();
    CHECK(wakes == 1);
    notify.notify();
    loop.restart();
    loop.poll();
    CHECK(wakes == 2);
}

TEST_CASE("a notification that was taken wakes nobody", "[base]") {
    boost::asio::io_context loop;
    base::Notify notify{loop.get_executor()};
    notify.notify();
    CHECK(notify.take());
    CHECK_FALSE(notify.take());
    int wakes = 0;
    base::asio::co_spawn(loop, count_wakes(notify, wakes), base::asio::detached);
    loop.poll();
    CHECK(wakes == 0);
}

TEST_CASE("a cancelled wait ends and leaves the next notification for the next waiter", "[base]") {
    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    base::Notify notify{loop.get_executor()};
    int wakes = 0;
    bool ended = false;
    const auto end = [&](const std::exception_ptr&) { ended = true; };
    base::asio::co_spawn(
        loop, base::run_first(count_wakes(notify, wakes), clock.sleep_until(clock.now() + 1s)),
        end);
    clock.advance(1s);
    REQUIRE(ended);
    notify.notify();
    clock.advance(1s);
    CHECK(wakes == 0);
    CHECK(notify.take());
}
