#pragma once

#include <cstddef>
#include <memory>

#include <boost/asio/signal_set.hpp>

#include "base/notify.hpp"
#include "base/task.hpp"
#include "cli/core.hpp"
#include "cli/output.hpp"

namespace cli {

/// The live table on a terminal: drawn in place, at most four times a second, when something
/// changed or a second has passed. Shows the cursor again when it goes. Lives on the event loop.
class TableView {
  public:
    /// Writes to standard output, which is a terminal.
    explicit TableView(Core& core);
    TableView(const TableView&) = delete;
    TableView& operator=(const TableView&) = delete;
    ~TableView();

    /// Draws until cancelled, or until the terminal is gone: then returns.
    [[nodiscard]] base::Task<void> run();

  private:
    void draw();
    [[nodiscard]] base::Task<void> keep_drawing();
    [[nodiscard]] base::Task<void> watch_size();
    [[nodiscard]] base::Task<void> pass_time();

    Core& core_;
    Output output_;
    boost::asio::signal_set resized_;
    base::Notify dirty_;
    /// Lines drawn last.
    std::size_t drawn_ = 0;
    std::unique_ptr<monitor::Broadcast::Subscription> subscription_;
};

}  // namespace cli
