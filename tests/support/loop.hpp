#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/task.hpp"

namespace tests {

/// Runs `task` on `loop` to its end over real time and throws what it throws. A test that hangs
/// fails after `limit`: the task is cancelled and a std::runtime_error is thrown.
void run(boost::asio::io_context& loop, base::Task<void> task,
         std::chrono::milliseconds limit = std::chrono::seconds{20});

/// Runs `loop` until `done` returns true, over real time; throws std::runtime_error after `limit`.
void run_until(boost::asio::io_context& loop, const std::function<bool()>& done,
               std::chrono::milliseconds limit = std::chrono::seconds{20});

/// The bytes of a file below fixtures/.
[[nodiscard]] std::string fixture(const std::string& name);

}  // namespace tests
