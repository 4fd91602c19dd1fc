#include "base/task_group.hpp"

#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>

namespace base {

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : executor_{std::move(executor)}, changed_{executor_, asio::steady_timer::time_point::max()} {}

void TaskGroup::spawn(Task<void> task) {
    // Not where a task ends: there its signal is still in use.
    for (const auto place : over_) {
        tasks_.erase(place);
    }
    over_.clear();
    const auto running = tasks_.emplace(tasks_.end());
    ++running_;
    auto ended = [this, running](const std::exception_ptr& error) {
        running->is_over = true;
        over_.push_back(running);
        --running_;
        if (error && !failure_ && !is_cancellation(error)) {
            failure_ = error;
        }
        changed_.cancel();
    };
    asio::co_spawn(executor_, std::move(task),
                   asio::bind_cancellation_slot(running->cancel.slot(), std::move(ended)));
}

void TaskGroup::cancel() {
    for (Running& task : tasks_) {
        if (!task.is_over) {
            task.cancel.emit(asio::cancellation_type::terminal);
        }
    }
}

Task<void> TaskGroup::run() {
    boost::system::error_code ignored;
    auto state = co_await asio::this_coro::cancellation_state;
    while (!failure_ && state.cancelled() == asio::cancellation_type::none) {
        co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        state = co_await asio::this_coro::cancellation_state;
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    cancel();
    while (running_ > 0) {
        co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (failure_) {
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
    throw boost::system::system_error{asio::error::operation_aborted};
}

}  // namespace base
