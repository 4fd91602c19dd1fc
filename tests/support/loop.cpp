#include "tests/support/loop.hpp"

#include <exception>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

namespace tests {

void run_until(boost::asio::io_context& loop, const std::function<bool()>& done,
               std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        loop.restart();
        loop.run_one_until(
            std::min(deadline, std::chrono::steady_clock::now() + std::chrono::milliseconds{50}));
        if (std::chrono::steady_clock::now() >= deadline) {
            throw std::runtime_error{"not done within the test's time limit"};
        }
    }
}

void run(boost::asio::io_context& loop, base::Task<void> task, std::chrono::milliseconds limit) {
    bool ended = false;
    std::exception_ptr failure;
    boost::asio::cancellation_signal cancel;
    boost::asio::co_spawn(
        loop, std::move(task),
        boost::asio::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr& error) {
            failure = error;
            ended = true;
        }));
    const auto is_ended = [&] { return ended; };
    try {
        run_until(loop, is_ended, limit);
    } catch (const std::runtime_error&) {
        cancel.emit(boost::asio::cancellation_type::terminal);
        run_until(loop, is_ended, std::chrono::seconds{5});
        throw;
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

std::string fixture(const std::string& name) {
    const std::string path = std::string{HEADMON_FIXTURES} + "/" + name;
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        throw std::runtime_error{"no fixture " + path};
    }
    return std::string{std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace tests
