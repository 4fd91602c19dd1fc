#include "base/task.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/redirect_error.hpp>
#include <catch2/catch.hpp>

#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;

namespace {

base::Task<void> end_after(base::Clock& clock, base::Duration wait, std::string& notes, char name) {
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
    std::string notes;
    std::string outcome = "running";

    void spawn(base::Task<void> task) {
        base::asio::co_spawn(loop, std::move(task), [this](const std::exception_ptr& error) {
            outcome = "ended";
            try {
                if (error) {
                    std::rethrow_exception(error);
                }
            } catch (const std::exception& e) {
                outcome = e.what();
            }
        });
    }
};

}  // namespace

TEST_CASE("run_all ends when all tasks have ended", "[base]") {
    Bench bench;
    bench.spawn(base::run_all(end_after(bench.clock, 2s, bench.notes, 'b'),
                              end_after(bench.clock, 1s, bench.notes, 'a')));
    bench.clock.advance(1s);
    CHECK(bench.outcome == "running");
    bench.clock.advance(1s);
    CHECK(bench.outcome == "ended");
    CHECK(bench.notes == "ab");
}

TEST_CASE("run_all passes on the first failure and cancels the others at once", "[base]") {
    Bench bench;
    bench.spawn(
        base::run_all(end_after(bench.clock, 1h, bench.notes, 'a'), fail_after(bench.clock, 1s)));
    bench.clock.advance(1s);
    CHECK(bench.outcome == "failed");
    CHECK(bench.notes == "!a");
}

TEST_CASE("run_first ends with the first task and cancels the others at once", "[base]") {
    Bench bench;
    bench.spawn(base::run_first(end_after(bench.clock, 1h, bench.notes, 'a'),
                                end_after(bench.clock, 1s, bench.notes, 'b')));
    bench.clock.advance(1s);
    CHECK(bench.outcome == "ended");
    CHECK(bench.notes == "b!a");
}

TEST_CASE("run_first passes on the failure of the task that ended first", "[base]") {
    Bench bench;
    bench.spawn(
        base::run_first(end_after(bench.clock, 1h, bench.notes, 'a'), fail_after(bench.clock, 1s)));
    bench.clock.advance(1s);
    CHECK(bench.outcome == "failed");
}

TEST_CASE("as many tasks as there are run to their ends", "[base]") {
    Bench bench;
    std::vector<base::Task<void>> tasks;
    for (int i = 0; i < 5; ++i) {
        tasks.push_back(end_after(bench.clock, std::chrono::seconds{5 - i}, bench.notes,
                                  static_cast<char>('a' + i)));
    }
    bench.spawn(base::run_all(std::move(tasks)));
    bench.clock.advance(4s);
    CHECK(bench.outcome == "running");
    bench.clock.advance(1s);
    CHECK(bench.outcome == "ended");
    CHECK(bench.notes == "edcba");
}

TEST_CASE("the first failure of many tasks cancels the others and is passed on", "[base]") {
    Bench bench;
    std::vector<base::Task<void>> tasks;
    tasks.push_back(end_after(bench.clock, 1h, bench.notes, 'a'));
    tasks.push_back(fail_after(bench.clock, 1s));
    tasks.push_back(end_after(bench.clock, 1h, bench.notes, 'b'));
    bench.spawn(base::run_all(std::move(tasks)));
    bench.clock.advance(1s);
    CHECK(bench.outcome == "failed");
    CHECK(bench.notes == "!a!b");
}

TEST_CASE("the first of many tasks to end cancels the others", "[base]") {
    Bench bench;
    std::vector<base::Task<void>> tasks;
    tasks.push_back(end_after(bench.clock, 1h, bench.notes, 'a'));
    tasks.push_back(end_after(bench.clock, 1s, bench.notes, 'b'));
    tasks.push_back(end_after(bench.clock, 2h, bench.notes, 'c'));
    bench.spawn(base::run_first(std::move(tasks)));
    bench.clock.advance(1s);
    CHECK(bench.outcome == "ended");
    CHECK(bench.notes == "b!a!c");
}

TEST_CASE("where there are no tasks there is nothing to wait for", "[base]") {
    Bench all;
    all.spawn(base::run_all(std::vector<base::Task<void>>{}));
    all.clock.advance(0s);
    CHECK(all.outcome == "ended");
    Bench first;
    first.spawn(base::run_first(std::vector<base::Task<void>>{}));
    first.clock.advance(0s);
    CHECK(first.outcome == "ended");
}

TEST_CASE("a cancellation is thrown on where an operation took its error as a value", "[base]") {
    Bench bench;
    const auto waits = [&]() -> base::Task<void> {
        boost::asio::steady_timer timer{bench.loop, base::MonoTime::max()};
        boost::system::error_code ignored;
        co_await timer.async_wait(base::asio::redirect_error(base::asio::use_awaitable, ignored));
        bench.notes += 'w';
        co_await base::throw_if_cancelled();
        bench.notes += 'x';
    };
    bench.spawn(base::run_first(waits(), end_after(bench.clock, 1s, bench.notes, 'a')));
    bench.clock.advance(1s);
    CHECK(bench.outcome == "ended");
    CHECK(bench.notes == "aw");
    bench.spawn(base::throw_if_cancelled());
    bench.clock.advance(0s);
    CHECK(bench.outcome == "ended");
}
