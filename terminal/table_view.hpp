#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>

#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/task.hpp"
#include "terminal/output.hpp"
#include "updates/broadcast.hpp"

namespace terminal {

/// The live table on a terminal: drawn in place, at most four times a second, when something
/// changed or a second has passed. Shows the cursor again when it goes. Lives on the event loop.
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
    ~TableView();

    /// Draws until cancelled, or until the terminal is gone: then returns.
    [[nodiscard]] base::Task<void> run();
    /// Draws what is now, whatever was drawn when, and waits until it is out; while it runs.
    [[nodiscard]] base::Task<void> draw_last();

  private:
    void draw();
    [[nodiscard]] base::Task<void> keep_drawing();
    [[nodiscard]] base::Task<void> watch_size();
    [[nodiscard]] base::Task<void> pass_time();

    base::Clock& clock_;
    base::Clock& real_;
    std::function<std::string()> caption_;
    updates::Broadcast& broadcast_;
    Output output_;
    boost::asio::signal_set resized_;
    base::Notify dirty_;
    /// Lines drawn last.
    std::size_t drawn_ = 0;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

}  // namespace terminal
