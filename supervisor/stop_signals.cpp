#include "supervisor/stop_signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <system_error>

namespace supervisor {

namespace {

/// What the handlers touch. They may run on any thread at any moment: lock-free atomics, and
/// functions that POSIX lists as async-signal-safe (signal-safety(7)).
struct HandlerState {
    std::atomic<int> signals{0};
    std::atomic<int> first_signal{0};
    std::atomic<int> pipe{-1};
    std::atomic<std::int64_t> drain_alarm_ns{0};
    std::atomic<std::int64_t> alarm_behind_ns{0};
    /// What the loop knew last: the alarm's last line. Two buffers, so that one can be written
    /// while a handler reads the other; -1 while there is none.
    std::array<std::array<char, 512>, 2> causes{};
    std::atomic<int> cause{-1};
    timer_t alarm{};
    struct sigaction old_term {};
    struct sigaction old_int {};
    struct sigaction old_alarm {};
};

static_assert(std::atomic<int>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

HandlerState state;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): handlers

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

/// Async-signal-safe: timer_gettime and timer_settime are.
void arm_at_most(std::int64_t left_ns) {
    left_ns = std::max<std::int64_t>(left_ns, 1);
    itimerspec armed{};
    timer_gettime(state.alarm, &armed);
    const std::int64_t armed_ns =
        armed.it_value.tv_sec * kNanosecondsPerSecond + armed.it_value.tv_nsec;
    if (armed_ns != 0 && armed_ns <= left_ns) {
        return;
    }
    itimerspec wanted{};
    wanted.it_value.tv_sec = left_ns / kNanosecondsPerSecond;
    wanted.it_value.tv_nsec = left_ns % kNanosecondsPerSecond;
    timer_settime(state.alarm, 0, &wanted, nullptr);
}

void write_to_stderr(const char* text) {
    // A full pipe that nobody reads may be why we are here: its reader must not hold our end too.
    pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
    if (poll(&standard_error, 1, 0) != 1 || (standard_error.revents & POLLOUT) == 0) {
        return;
    }
    // There is nobody to report to when this fails.
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text, std::strlen(text));
}

extern "C" void headmon_on_stop_signal(int signal) {
    const int saved_errno = errno;
    if (state.signals.fetch_add(1) == 0) {
        state.first_signal = signal;
        arm_at_most(state.drain_alarm_ns);
    } else {
        arm_at_most(state.alarm_behind_ns);
    }
    const char byte = static_cast<char>(signal);
    // A full pipe holds signals enough.
    [[maybe_unused]] const auto written = write(state.pipe, &byte, 1);
    errno = saved_errno;
}

extern "C" void headmon_on_alarm(int /*signal*/) {
    const int cause = state.cause;
    write_to_stderr("headmon: ");
    if (cause >= 0) {
        write_to_stderr(state.causes[static_cast<std::size_t>(cause)].data());
    } else {
        write_to_stderr(state.first_signal == SIGINT ? "stopped by SIGINT" : "stopped by SIGTERM");
    }
    write_to_stderr("; the event loop did not turn: ended by the alarm\n");
    _exit(1);
}

void check(int result, const char* what) {
    if (result != 0) {
        throw std::system_error{errno, std::generic_category(), what};
    }
}

void handle(int signal, void (*handler)(int), struct sigaction* old) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int stop : {SIGTERM, SIGINT, SIGALRM}) {
        sigaddset(&action.sa_mask, stop);
    }
    check(sigaction(signal, &action, old), "sigaction");
}

int make_pipe() {
    std::array<int, 2> ends{};
    check(pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), "pipe2");
    state.pipe = ends[1];
    return ends[0];
}

}  // namespace

StopSignals::StopSignals(const boost::asio::any_io_executor& executor, ShutdownLimits limits)
    : pipe_{executor} {
    assert(state.pipe == -1);
    state.signals = 0;
    state.first_signal = 0;
    state.cause = -1;
    state.drain_alarm_ns = (limits.drain + limits.alarm_behind).count();
    state.alarm_behind_ns = limits.alarm_behind.count();
    pipe_.assign(make_pipe());
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGALRM;
    check(timer_create(CLOCK_MONOTONIC, &event, &state.alarm), "timer_create");
    handle(SIGALRM, headmon_on_alarm, &state.old_alarm);
    handle(SIGTERM, headmon_on_stop_signal, &state.old_term);
    handle(SIGINT, headmon_on_stop_signal, &state.old_int);
    // Whoever started us may have blocked them, and the mask is inherited.
    sigset_t set;
    sigemptyset(&set);
    for (const int stop : {SIGTERM, SIGINT, SIGALRM}) {
        sigaddset(&set, stop);
    }
    check(pthread_sigmask(SIG_UNBLOCK, &set, nullptr), "pthread_sigmask");
}

StopSignals::~StopSignals() {
    sigaction(SIGTERM, &state.old_term, nullptr);
    sigaction(SIGINT, &state.old_int, nullptr);
    itimerspec armed{};
    timer_gettime(state.alarm, &armed);
    if (armed.it_value.tv_sec == 0 && armed.it_value.tv_nsec == 0) {
        sigaction(SIGALRM, &state.old_alarm, nullptr);
        timer_delete(state.alarm);
    }
    close(state.pipe.exchange(-1));
}

std::optional<int> StopSignals::take() {
    char byte = 0;
    if (read(pipe_.native_handle(), &byte, 1) != 1) {
        return std::nullopt;
    }
    return byte;
}

base::Task<void> StopSignals::wait() {
    co_await pipe_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                              boost::asio::use_awaitable);
}

void StopSignals::arm(base::Duration left, std::string_view cause) {
    const int next = state.cause == 0 ? 1 : 0;
    auto& buffer = state.causes[static_cast<std::size_t>(next)];
    const std::size_t length = cause.copy(buffer.data(), buffer.size() - 1);
    buffer[length] = '\0';
    state.cause = next;
    arm_at_most(left.count());
}

}  // namespace supervisor
