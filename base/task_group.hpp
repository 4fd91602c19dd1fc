#pragma once

#include <cstddef>
#include <exception>
#include <list>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/task.hpp"

namespace base {

/// Tasks that are started while others run, and that nobody waits for one by one: the group's own
/// `run` waits for all of them. Lives on the event loop; not thread-safe.
class TaskGroup {
  public:
    explicit TaskGroup(asio::any_io_executor executor);

    /// Starts `task`. Only while `run` is running.
    void spawn(Task<void> task);

    /// Cancels the tasks that are running, without waiting for them.
    void cancel();

    /// Runs until it is cancelled, or until a task fails with anything but a cancellation; then
    /// cancels all tasks, waits for their ends, and ends with that error. Give it to `run_all` or
    /// `run_first`.
    [[nodiscard]] Task<void> run();

    /// Tasks that have not ended.
    [[nodiscard]] std::size_t size() const { return running_; }

  private:
    struct Running {
        asio::cancellation_signal cancel;
        bool is_over = false;
    };

    asio::any_io_executor executor_;
    std::list<Running> tasks_;
    /// Those among them that are over.
    std::vector<std::list<Running>::iterator> over_;
    std::size_t running_ = 0;
    std::exception_ptr failure_;
    asio::steady_timer changed_;
};

}  // namespace base
