#include "base/system_clock.hpp"

#include <sys/timex.h>

#include <ctime>
#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace base {
namespace {

std::optional<Duration> read_clock(clockid_t id) {
    timespec time{};
    if (::clock_gettime(id, &time) != 0) {
        return std::nullopt;
    }
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

SystemClock::SystemClock(asio::any_io_executor executor) : executor_{std::move(executor)} {}

MonoTime SystemClock::now() const {
    return std::chrono::steady_clock::now();
}

WallTime SystemClock::wall_now() const {
    return std::chrono::system_clock::now();
}

std::optional<KernelClock> SystemClock::kernel_clock() const {
    timex state{};
    if (::adjtimex(&state) < 0) {
        return std::nullopt;
    }
    return KernelClock{(state.status & STA_UNSYNC) == 0};
}

Duration SystemClock::asleep() const {
    const auto awake = read_clock(CLOCK_MONOTONIC);
    const auto all = read_clock(CLOCK_BOOTTIME);
    return awake && all ? *all - *awake : Duration{};
}

Task<void> SystemClock::sleep_until(MonoTime deadline) {
    asio::steady_timer timer{executor_, deadline};
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace base
