#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "terminal/live_view.hpp"
#include "updates/broadcast.hpp"

namespace terminal {

/// The live table of `watch`: see LiveView. Lives on the event loop.
class TableView {
  public:
    /// Writes to standard output, which is a terminal. The clock and the broadcast outlive the
    /// view.
    TableView(const boost::asio::any_io_executor& executor, base::Clock& clock,
              updates::Broadcast& broadcast);
    /// The same in the time of `clock`, which may go at any speed: drawn by that of `real`, with a
    /// line below of what `caption` says.
    TableView(const boost::asio::any_io_executor& executor, base::Clock& clock, base::Clock& real,
              updates::Broadcast& broadcast, std::function<std::string()> caption);
    TableView(const TableView&) = delete;
    TableView& operator=(const TableView&) = delete;
    ~TableView() = default;

    /// Draws until cancelled, or until the terminal is gone: then returns.
    [[nodiscard]] base::Task<void> run() { return view_.run(); }
    /// Draws what is now, whatever was drawn when, and waits until it is out; while it runs.
    [[nodiscard]] base::Task<void> draw_last() { return view_.draw_last(); }

  private:
    LiveView view_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

}  // namespace terminal
