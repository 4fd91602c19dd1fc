#include "base/system_clock.hpp"

#include <sys/timex.h>

#include <utility>

#include <boost/asio/steady_timer.hpp>

namespace base {

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

Task<void> SystemClock::sleep_until(MonoTime deadline) {
    asio::steady_timer timer{executor_, deadline};
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace base
