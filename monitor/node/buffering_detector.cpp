#include "monitor/node/buffering_detector.hpp"

#include <algorithm>
#include <set>

namespace monitor {

void BufferingDetector::opening() {
    batched_ = 0;
    in_step_ = 0;
    alone_ = 0;
}

std::optional<bool> BufferingDetector::read(const std::vector<chain::Slot>& live_heads,
                                            bool had_comment) {
    if (live_heads.empty()) {
        return std::nullopt;
    }
    // A reorg brings several heads at once by itself, and goes back in slots; only those that
    // ascend have waited for each other.
    std::uint32_t slots = 1;
    if (std::is_sorted(live_heads.begin(), live_heads.end())) {
        slots = static_cast<std::uint32_t>(std::set(live_heads.begin(), live_heads.end()).size());
    }
    in_step_ = had_comment ? in_step_ + 1 : 0;
    if (slots > 1) {
        batched_ += slots - 1;
        alone_ = 0;
    } else if (!had_comment) {
        ++alone_;
    } else if (in_step_ >= kInStepMax) {
        // Now and then a keep-alive falls together with a head by chance.
        alone_ = 0;
    }
    if (alone_ >= kAloneMax) {
        batched_ = 0;
    }
    const bool is_doubted =
        batched_ >= kBatchedMax || in_step_ >= kInStepMax || (is_buffered_ && alone_ < kAloneMax);
    if (is_doubted == is_buffered_) {
        return std::nullopt;
    }
    is_buffered_ = is_doubted;
    return is_doubted;
}

}  // namespace monitor
