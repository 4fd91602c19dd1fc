#include "monitor/node/circuit_breaker.hpp"

#include <algorithm>
#include <utility>

#include "updates/node_status.hpp"

namespace monitor {

void CircuitBreaker::on_tick() {
    if (failed_in_slot_) {
        failed_slots_ = std::min(failed_slots_ + 1, failed_slots_max_);
    }
    failed_in_slot_ = false;
    answered_in_slot_ = false;
    if (failed_slots_ >= failed_slots_max_) {
        // A probe that never came back does not hold the next one.
        state_ = updates::BreakerState::kHalfOpen;
        probed_ = false;
    }
}

bool CircuitBreaker::try_request(base::MonoTime now) {
    if (now < not_before_) {
        return false;
    }
    switch (state_) {
        case updates::BreakerState::kClosed:
            return true;
        case updates::BreakerState::kHalfOpen:
            return !std::exchange(probed_, true);
        case updates::BreakerState::kOpen:
        // That is said above.
        case updates::BreakerState::kRetryAfter:
            break;
    }
    return false;
}

void CircuitBreaker::succeeded() {
    state_ = updates::BreakerState::kClosed;
    failed_slots_ = 0;
    failed_in_slot_ = false;
    answered_in_slot_ = true;
}

void CircuitBreaker::failed() {
    failed_in_slot_ = !answered_in_slot_;
    if (state_ == updates::BreakerState::kHalfOpen) {
        state_ = updates::BreakerState::kOpen;
    }
}

void CircuitBreaker::retry_after(base::Duration wait, base::MonoTime now) {
    not_before_ = std::max(not_before_, now + std::max(wait, base::Duration{0}));
}

}  // namespace monitor
