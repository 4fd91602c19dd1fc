#include "tests/scenarios/scenario_clock.hpp"

#include <chrono>

namespace tests {
namespace {

/// Bytes cross the loopback device in microseconds: a loop that is quiet for so long has them all.
constexpr std::chrono::milliseconds kQuiet{1};

}  // namespace

void ScenarioClock::run_dry(boost::asio::io_context& loop) {
    loop.restart();
    do {
        loop.poll();
    } while (loop.run_one_for(kQuiet) > 0);
}

}  // namespace tests
