#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/task.hpp"

namespace base {

/// Wakes one waiter when something has changed. Several notifications count as one, and one that is
/// sent while nobody waits is kept for the next wait: none is lost. Lives on the event loop; not
/// thread-safe.
class Notify {
  public:
    explicit Notify(const asio::any_io_executor& executor);

    /// Wakes the waiter, or the next one.
    void notify();

    /// Takes a notification that is due, and returns whether there was one. Whoever reads the thing
    /// that changed calls this first: what was sent before is contained in what is read then.
    [[nodiscard]] bool take();

    /// Returns when a notification is due, and leaves it due: `take` is what takes it.
    /// At most one waiter at a time. Ends with operation_aborted when cancelled.
    [[nodiscard]] Task<void> wait();

  private:
    asio::steady_timer timer_;
    bool due_ = false;
};

}  // namespace base
