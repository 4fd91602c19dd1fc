#include "recording/replay_clock.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace recording {

namespace asio = boost::asio;

base::Task<void> ReplayClock::sleep_until(base::MonoTime deadline) {
    auto timer =
        std::make_shared<asio::steady_timer>(executor_, asio::steady_timer::time_point::max());
    const auto place = sleepers_.emplace(deadline, timer);
    boost::system::error_code ended;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ended));
    // Whoever wakes it has taken it out; else the wait was cancelled.
    if (timer->expiry() == asio::steady_timer::time_point::max()) {
        sleepers_.erase(place);
        throw boost::system::system_error{asio::error::operation_aborted};
    }
}

void ReplayClock::wake() {
    while (!sleepers_.empty() && sleepers_.begin()->first <= now_.mono) {
        const auto timer = sleepers_.begin()->second;
        sleepers_.erase(sleepers_.begin());
        timer->expires_at(asio::steady_timer::time_point::min());
    }
}

std::optional<base::MonoTime> ReplayClock::next_deadline() const {
    if (sleepers_.empty()) {
        return std::nullopt;
    }
    return sleepers_.begin()->first;
}

}  // namespace recording
