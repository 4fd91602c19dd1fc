#include "base/task.hpp"

#include <stdexcept>
#include <string>

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
