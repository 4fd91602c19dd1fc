#include "base/task_group.hpp"

#include <stdexcept>
#include <string>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <catch2/catch.hpp>

#include "tests/support/manual_clock.hpp"

namespace task_group_test {

using namespace std::chrono_literals;

namespace {

base::Task<void> note_after(base::Clock& clock, base::Duration wait, std::string& notes,
                            char name) {
    try {
        co_await clock.sleep_until(clock.now() + wait);
    } catch (...) {
        notes += '!';
        notes += name;
        throw;
    }
    notes += name;
}

base::Task<void> fail_after(base::Clock& clock, base::Duration wait) {
    co_await clock.sleep_until(clock.now() + wait);
    throw std::runtime_error{"failed"};
}

struct Bench {
    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    base::TaskGroup group{loop.get_executor()};
    std::string notes;
    std::string outcome = "running";
    boost::asio::cancellation_signal cancel;

    Bench() {
        const auto on_end = [this](const std::exception_ptr& error) {
            outcome = base::is_cancellation(error) ? "cancelled" : "failed";
        };
        base::asio::co_spawn(loop, group.run(),
                             base::asio::bind_cancellation_slot(cancel.slot(), on_end));
        clock.advance(0s);
    }
    void spawn(base::Duration wait, char name) {
        group.spawn(note_after(clock, wait, notes, name));
    }
};

}  // namespace

TEST_CASE("tasks of a group are started while others run, and the group outlasts them all",
          "[base]") {
    Bench bench;
    bench.spawn(2s, 'a');
    bench.clock.advance(1s);
    bench.spawn(2s, 'b');
    CHECK(bench.group.size() == 2);
    bench.clock.advance(1s);
    CHECK(bench.notes == "a");
    CHECK(bench.group.size() == 1);
    bench.clock.advance(1s);
    CHECK(bench.notes == "ab");
    CHECK(bench.group.size() == 0);
    CHECK(bench.outcome == "running");
    bench.cancel.emit(boost::asio::cancellation_type::terminal);
    bench.clock.advance(0s);
    CHECK(bench.outcome == "cancelled");
}

TEST_CASE("a group whose task fails cancels the others and ends with the failure", "[base]") {
    Bench bench;
    bench.spawn(1h, 'a');
    bench.group.spawn(fail_after(bench.clock, 1s));
    bench.clock.advance(1s);
    CHECK(bench.notes == "!a");
    CHECK(bench.outcome == "failed");
}

TEST_CASE("a cancelled group cancels its tasks and waits for their ends", "[base]") {
    Bench bench;
    bench.spawn(1h, 'a');
    const auto deaf = [&]() -> base::Task<void> {
        co_await base::asio::this_coro::reset_cancellation_state(
            base::asio::disable_cancellation());
        co_await note_after(bench.clock, 10s, bench.notes, 'b');
    };
    bench.group.spawn(deaf());
    bench.cancel.emit(boost::asio::cancellation_type::terminal);
    bench.clock.advance(9s);
    CHECK(bench.notes == "!a");
    CHECK(bench.outcome == "running");
    bench.clock.advance(1s);
    CHECK(bench.notes == "!ab");
    CHECK(bench.outcome == "cancelled");
}

TEST_CASE("tasks of a group may be cancelled while the group goes on", "[base]") {
    Bench bench;
    bench.spawn(1h, 'a');
    bench.group.cancel();
    bench.clock.advance(0s);
    CHECK(bench.notes == "!a");
    CHECK(bench.outcome == "running");
    bench.spawn(1s, 'b');
    bench.clock.advance(1s);
    CHECK(bench.notes == "!ab");
    bench.cancel.emit(boost::asio::cancellation_type::terminal);
    bench.clock.advance(0s);
}

}  // namespace task_group_test
