#include "monitor/retry_cycles.hpp"

namespace monitor {

void RetryCycles::on_tick(bool is_open) {
    has_ticked_ = true;
    has_failed_ = false;
    open_since_tick_ = is_open;
}

void RetryCycles::stream_opened() {
    open_since_tick_ = true;
    failed_in_row_ = 0;
}

std::optional<updates::CycleFailed> RetryCycles::nothing_left() {
    if (!has_ticked_ || has_failed_ || open_since_tick_) {
        return std::nullopt;
    }
    has_failed_ = true;
    ++failed_in_row_;
    return updates::CycleFailed{failed_in_row_, kFailedCyclesMax};
}

}  // namespace monitor
