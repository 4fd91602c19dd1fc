#pragma once

#include <exception>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "base/task.hpp"

namespace supervisor {

/// The text of an exception, fit to be printed.
[[nodiscard]] std::string text_of(const std::exception_ptr& error);

/// A task that runs beside its owner, who can wait for its end, cancel it, and abandon it: unlike
/// `base::run_first`, which waits for what it cancelled for as long as that takes. What the task
/// uses must belong to it or outlive the event loop. Lives on the event loop.
class SpawnedTask {
  public:
    /// Starts `task`: at once on the loop, at its next turn from elsewhere.
    SpawnedTask(const base::asio::any_io_executor& executor, base::Task<void> task);

    /// Asks the task to end.
    void cancel();
    [[nodiscard]] bool ended() const;
    /// What the task threw; null while it runs and after a clean end.
    [[nodiscard]] std::exception_ptr error() const;
    /// Returns when the task has ended and all it owned is destroyed. One waiter at a time.
    /// Cancelling the wait leaves the task alone.
    [[nodiscard]] base::Task<void> wait() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace supervisor
