#include "tests/support/manual_clock.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>

namespace tests {

ManualClock::ManualClock(boost::asio::io_context& loop)
    : loop_{loop},
      now_{base::MonoTime{std::chrono::hours{1}}},
      wall_{base::WallTime{std::chrono::seconds{1767225600}}} {}

base::Task<void> ManualClock::sleep_until(base::MonoTime deadline) {
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

void ManualClock::move_to(base::MonoTime moment) {
    wall_ += std::chrono::duration_cast<base::WallTime::duration>(moment - now_);
    now_ = moment;
}

void ManualClock::run_dry(boost::asio::io_context& loop) {
    loop.restart();
    loop.poll();
}

void ManualClock::advance(base::Duration duration) {
    const base::MonoTime target = now_ + duration;
    run_dry(loop_);
    while (!sleepers_.empty() && sleepers_.begin()->first <= target) {
        const auto sleeper = sleepers_.begin();
        move_to(std::max(now_, sleeper->first));
        const auto timer = sleeper->second;
        sleepers_.erase(sleeper);
        ++wake_ups_;
        timer->cancel();
        run_dry(loop_);
    }
    move_to(target);
}

}  // namespace tests
