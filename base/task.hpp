#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace base {

namespace asio = boost::asio;

/// A coroutine on the event loop. It starts when it is awaited, and is cancelled through its
/// parent.
template <class T>
using Task = asio::awaitable<T>;

/// Whether an exception is how Asio reports that our own side cancelled the wait.
[[nodiscard]] inline bool is_cancellation(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

/// Throws operation_aborted when the coroutine that awaits this was cancelled: for operations whose
/// error was taken as a value.
[[nodiscard]] inline Task<void> throw_if_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error{asio::error::operation_aborted};
    }
}

namespace detail {

using Spawned = decltype(asio::co_spawn(std::declval<asio::any_io_executor>(),
                                        std::declval<Task<void>>(), asio::deferred));

/// The first exception in the order of completion that is no cancellation, else the first of all.
inline void rethrow_first(const std::vector<std::size_t>& order,
                          const std::vector<std::exception_ptr>& errors) {
    std::exception_ptr first;
    for (const std::size_t i : order) {
        if (!errors[i]) {
            continue;
        }
        if (!is_cancellation(errors[i])) {
            std::rethrow_exception(errors[i]);
        }
        if (!first) {
            first = errors[i];
        }
    }
    if (first) {
        std::rethrow_exception(first);
    }
}

template <class Wait>
Task<void> run_group(std::vector<Task<void>> tasks, Wait wait, bool first_only) {
    if (tasks.empty()) {
        co_return;
    }
    const auto executor = co_await asio::this_coro::executor;
    std::vector<Spawned> spawned;
    spawned.reserve(tasks.size());
    for (auto& task : tasks) {
        spawned.push_back(asio::co_spawn(executor, std::move(task), asio::deferred));
    }
    auto group = asio::experimental::make_parallel_group(std::move(spawned));
    auto [order, errors] = co_await group.async_wait(wait, asio::use_awaitable);
    if (first_only && !order.empty() && !errors[order.front()]) {
        co_return;
    }
    rethrow_first(order, errors);
}

}  // namespace detail

/// Runs all tasks to their ends. When one throws, the others are cancelled and waited for, and its
/// exception is thrown on; a cancellation from outside reaches all of them. Without tasks it ends
/// at once.
[[nodiscard]] inline Task<void> run_all(std::vector<Task<void>> tasks) {
    return detail::run_group(std::move(tasks), asio::experimental::wait_for_one_error(), false);
}
template <class... Tasks>
[[nodiscard]] Task<void> run_all(Tasks... tasks) {
    std::vector<Task<void>> all;
    all.reserve(sizeof...(tasks));
    (all.push_back(std::move(tasks)), ...);
    return run_all(std::move(all));
}

/// Runs all tasks until the first one ends, however it ends; the others are cancelled and waited
/// for. An exception of the one that ended first is thrown on. Without tasks it ends at once.
[[nodiscard]] inline Task<void> run_first(std::vector<Task<void>> tasks) {
    return detail::run_group(std::move(tasks), asio::experimental::wait_for_one(), true);
}
template <class... Tasks>
[[nodiscard]] Task<void> run_first(Tasks... tasks) {
    std::vector<Task<void>> all;
    all.reserve(sizeof...(tasks));
    (all.push_back(std::move(tasks)), ...);
    return run_first(std::move(all));
}

}  // namespace base
