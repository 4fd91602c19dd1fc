#include "cli/loop.hpp"

#include <csignal>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>

namespace cli {
namespace {

base::Task<void> wait_for(boost::asio::signal_set& signals) {
    co_await signals.async_wait(boost::asio::use_awaitable);
}

}  // namespace

std::uint64_t run_until_signal(boost::asio::io_context& loop, base::Task<void> task) {
    // Registered before the loop turns: a signal that comes early is kept for the wait.
    boost::asio::signal_set signals{loop, SIGINT, SIGTERM};
    std::exception_ptr failure;
    bool ended = false;
    const auto on_end = [&](const std::exception_ptr& error) {
        failure = error;
        ended = true;
    };
    boost::asio::co_spawn(loop, base::run_first(wait_for(signals), std::move(task)), on_end);
    std::uint64_t handlers = 0;
    while (!ended && loop.run_one() > 0) {
        ++handlers;
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    return handlers;
}

base::MonoTime deadline(base::MonoTime now, std::optional<std::chrono::milliseconds> limit) {
    return limit ? now + *limit : base::MonoTime::max();
}

}  // namespace cli
