#include "base/notify.hpp"

#include <utility>

#include <boost/asio/redirect_error.hpp>

namespace base {

Notify::Notify(const asio::any_io_executor& executor)
    : timer_{executor, asio::steady_timer::time_point::max()} {}

void Notify::notify() {
    due_ = true;
    timer_.cancel();
}

bool Notify::take() {
    return std::exchange(due_, false);
}

Task<void> Notify::wait() {
    while (!due_) {
        boost::system::error_code ignored;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        co_await throw_if_cancelled();
    }
}

}  // namespace base
