#include "terminal/live_view.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <string_view>
#include <utility>

#include "terminal/table.hpp"

namespace terminal {
namespace {

constexpr std::chrono::milliseconds kBetweenDraws{250};
constexpr std::chrono::seconds kAges{1};
constexpr std::string_view kHideCursor = "\x1b[?25l";
constexpr std::string_view kShowCursor = "\x1b[?25h";
constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J";

}  // namespace

LiveView::LiveView(const boost::asio::any_io_executor& executor, base::Clock& clock, Render render)
    : clock_{clock},
      render_{std::move(render)},
      output_{executor, STDOUT_FILENO},
      resized_{executor, SIGWINCH},
      dirty_{executor} {
    output_.append(kHideCursor);
}

LiveView::~LiveView() {
    // Not through the output, which may have a half-drawn table pending that nobody takes.
    (void)!::write(STDOUT_FILENO, kShowCursor.data(), kShowCursor.size());
}

base::Task<void> LiveView::run() {
    return base::run_first(output_.run(), keep_drawing(), watch_size(), pass_time());
}

void LiveView::draw() {
    if (output_.pending() > 0) {
        return;
    }
    winsize size{};
    const bool is_known =
        ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 1;
    const std::size_t columns = is_known ? size.ws_col : 120;
    // The cursor has the last row.
    const std::size_t rows = is_known ? size.ws_row - 1U : 24;
    const auto lines = render_(columns, rows);
    output_.append(redraw(lines, drawn_));
    drawn_ = lines.size();
}

base::Task<void> LiveView::draw_last() {
    // One that is on its way is out first.
    co_await output_.wait_written();
    draw();
    co_await output_.wait_written();
}

base::Task<void> LiveView::keep_drawing() {
    while (true) {
        co_await dirty_.wait();
        (void)dirty_.take();
        draw();
        co_await clock_.sleep_until(clock_.now() + kBetweenDraws);
    }
}

base::Task<void> LiveView::watch_size() {
    while (true) {
        co_await resized_.async_wait(boost::asio::use_awaitable);
        // Lines that were drawn may be wrapped now, so nobody knows where they are.
        output_.append(kClearScreen);
        drawn_ = 0;
        dirty_.notify();
    }
}

base::Task<void> LiveView::pass_time() {
    while (true) {
        co_await clock_.sleep_until(clock_.now() + kAges);
        dirty_.notify();
    }
}

}  // namespace terminal
