#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>

#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/task.hpp"
#include "terminal/output.hpp"

namespace terminal {

/// Lines on a terminal that are drawn in place, at most four times a second, when something changed
/// or a second has passed. Shows the cursor again when it goes. Lives on the event loop.
class LiveView {
  public:
    /// The lines of now: at most `rows`, each of at most `columns` characters, without line ends.
    using Render = std::function<std::vector<std::string>(std::size_t columns, std::size_t rows)>;

    /// Writes to standard output, which is a terminal. The clock outlives the view.
    LiveView(const boost::asio::any_io_executor& executor, base::Clock& clock, Render render);
    LiveView(const LiveView&) = delete;
    LiveView& operator=(const LiveView&) = delete;
    ~LiveView();

    /// Something has changed.
    void touch() { dirty_.notify(); }

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
    Render render_;
    Output output_;
    boost::asio::signal_set resized_;
    base::Notify dirty_;
    /// Lines drawn last.
    std::size_t drawn_ = 0;
};

}  // namespace terminal
