#include "base/notify.hpp"

#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>

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
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            throw boost::system::system_error{asio::error::operation_aborted};
        }
    }
}

}  // namespace base
