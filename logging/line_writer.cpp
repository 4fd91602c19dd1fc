#include "logging/line_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/detached_thread.hpp"

namespace logging {
namespace {

constexpr std::chrono::milliseconds kLastFlush{300};

/// Whether somebody takes what is written now.
bool is_taken(int descriptor) {
    pollfd waited{descriptor, POLLOUT, 0};
    return ::poll(&waited, 1, 0) == 1;
}

/// Whether all of it is written.
bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(descriptor, bytes.data(), bytes.size());
        if (done >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(done));
            continue;
        }
        // Whoever shares the descriptor may have set O_NONBLOCK.
        pollfd waited{descriptor, POLLOUT, 0};
        const bool may_go_on =
            errno == EINTR || (errno == EAGAIN && (::poll(&waited, 1, -1) == 1 || errno == EINTR));
        if (!may_go_on) {
            return false;
        }
    }
    return true;
}

}  // namespace

/// What both threads hold: the writing one may stand in a write when the other is gone.
struct LineWriter::State {
    State(int to, WriteGap write, std::size_t bytes_max)
        : descriptor{to}, write_gap{std::move(write)}, pending_bytes_max{bytes_max} {}

    /// Puts the line for the dropped lines, if there are any, behind what is pending.
    void end_gap() {
        if (gap > 0) {
            const std::uint64_t lines = std::exchange(gap, 0);
            push(write_gap(lines), lines);
        }
    }
    /// `stands_for`: how many dropped lines it tells of.
    void push(std::string line, std::uint64_t stands_for) {
        pending_bytes += line.size();
        pending.push_back({std::move(line), stands_for});
    }

    struct Line {
        std::string text;
        std::uint64_t stands_for = 0;
    };

    const int descriptor;
    const WriteGap write_gap;
    const std::size_t pending_bytes_max;

    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Line> pending;
    std::size_t pending_bytes = 0;
    /// A line is being written.
    bool is_writing = false;
    /// The last line could not be written.
    bool is_failing = false;
    bool is_over = false;
    std::uint64_t dropped = 0;
    /// Dropped lines that no line tells of yet.
    std::uint64_t gap = 0;
};

LineWriter::LineWriter(int descriptor, WriteGap write_gap, std::size_t pending_bytes_max)
    : state_{std::make_shared<State>(descriptor, std::move(write_gap), pending_bytes_max)} {
    base::start_detached_thread([state = state_] { run(state); });
}

LineWriter::~LineWriter() {
    (void)flush(kLastFlush);
    const std::lock_guard lock{state_->mutex};
    state_->is_over = true;
    state_->changed.notify_all();
}

void LineWriter::write(std::string line) {
    State& state = *state_;
    const std::lock_guard lock{state.mutex};
    // Once lines are dropped, they are until there is room for many: a slow reader would read of
    // gaps and little else.
    const bool is_gap_open = state.gap > 0 && state.pending_bytes > state.pending_bytes_max / 2;
    if (is_gap_open || state.pending_bytes + line.size() > state.pending_bytes_max) {
        ++state.dropped;
        ++state.gap;
        state.changed.notify_all();
        return;
    }
    if (!state.is_failing) {
        state.end_gap();
    }
    state.push(std::move(line), 0);
    state.changed.notify_all();
}

bool LineWriter::flush(std::chrono::milliseconds limit) {
    constexpr int kPatience = 10;
    State& state = *state_;
    std::unique_lock lock{state.mutex};
    const auto is_done = [&] {
        return state.pending.empty() && !state.is_writing && (state.gap == 0 || state.is_failing);
    };
    // On a loaded machine the thread may be slow, which is not the reader's fault.
    return state.changed.wait_for(lock, limit, is_done) ||
           (is_taken(state.descriptor) && state.changed.wait_for(lock, kPatience * limit, is_done));
}

std::uint64_t LineWriter::dropped() const {
    const std::lock_guard lock{state_->mutex};
    return state_->dropped;
}

void LineWriter::run(const std::shared_ptr<State>& shared) {
    State& state = *shared;
    std::unique_lock lock{state.mutex};
    while (true) {
        state.changed.wait(lock, [&] {
            return state.is_over || !state.pending.empty() || (state.gap > 0 && !state.is_failing);
        });
        if (state.is_over) {
            return;
        }
        if (state.pending.empty()) {
            state.end_gap();
        }
        State::Line line = std::move(state.pending.front());
        state.pending.pop_front();
        state.is_writing = true;
        // Lines are taken again if this one is.
        std::string before;
        if (state.is_failing && state.gap > 0) {
            before = state.write_gap(state.gap);
        }
        const std::uint64_t reported = before.empty() ? 0 : state.gap;
        lock.unlock();
        const bool is_written = write_all(state.descriptor, before + line.text);
        lock.lock();
        state.pending_bytes -= line.text.size();
        state.is_writing = false;
        state.is_failing = !is_written;
        if (is_written) {
            state.gap -= reported;
        } else {
            const bool is_of_ours = line.stands_for > 0;
            state.dropped += is_of_ours ? 0 : 1;
            state.gap += is_of_ours ? line.stands_for : 1;
        }
        state.changed.notify_all();
    }
}

}  // namespace logging
