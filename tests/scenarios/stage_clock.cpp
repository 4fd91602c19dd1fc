#include "tests/scenarios/stage_clock.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>

namespace tests {
namespace {

constexpr base::MonoTime kMonoStart{std::chrono::hours{1}};
constexpr base::WallTime kWallStart{std::chrono::seconds{1767225600}};
/// Bytes cross the loopback device in microseconds: a loop that is quiet for so long has them all.
constexpr std::chrono::milliseconds kQuiet{1};

}  // namespace

StageClock::StageClock(boost::asio::io_context& loop) : loop_{loop}, now_{kMonoStart} {}

base::WallTime StageClock::wall_now() const {
    return kWallStart + std::chrono::duration_cast<base::WallTime::duration>(now_ - kMonoStart);
}

base::Task<void> StageClock::sleep_until(base::MonoTime deadline) {
    if (deadline <= now_) {
        co_return;
    }
    auto timer = std::make_shared<boost::asio::steady_timer>(
        loop_, boost::asio::steady_timer::time_point::max());
    const auto place = sleepers_.emplace(deadline, timer);
    boost::system::error_code ended;
    co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    if (now_ < deadline) {
        // Nobody woke us: the wait was cancelled from outside.
        sleepers_.erase(place);
        throw boost::system::system_error{boost::asio::error::operation_aborted};
    }
}

void StageClock::settle() {
    loop_.restart();
    do {
        loop_.poll();
    } while (loop_.run_one_for(kQuiet) > 0);
}

void StageClock::play_to(base::MonoTime moment) {
    settle();
    while (!sleepers_.empty() && sleepers_.begin()->first <= moment) {
        now_ = std::max(now_, sleepers_.begin()->first);
        // All of one moment wake together, in the order in which they fell asleep.
        while (!sleepers_.empty() && sleepers_.begin()->first <= now_) {
            const auto timer = sleepers_.begin()->second;
            sleepers_.erase(sleepers_.begin());
            timer->cancel();
        }
        settle();
    }
    now_ = std::max(now_, moment);
}

}  // namespace tests
