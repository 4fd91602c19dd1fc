#include "monitor/kernel_clock.hpp"

#include <sys/timex.h>

namespace monitor {

std::optional<KernelClock> ask_kernel() {
    timex state{};
    if (::adjtimex(&state) < 0) {
        return std::nullopt;
    }
    return KernelClock{(state.status & STA_UNSYNC) == 0};
}

}  // namespace monitor
