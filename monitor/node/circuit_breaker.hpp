#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "updates/node_status.hpp"

namespace monitor {

/// Keeps REST questions away from a node that does not answer them. Closed: ask. Open: do not ask
/// in this slot any more. Half open: one question is allowed, and its answer decides.
///
/// A slot has failed when questions failed in it and none was answered. After `failed_slots_max`
/// failed slots in a row there is one question a slot, until one is answered. Pure; one for each
/// node.
class CircuitBreaker {
  public:
    static constexpr std::uint32_t kFailedSlotsMax = 3;
    /// A node cannot send us away for longer.
    static constexpr base::Duration kRetryAfterMax = std::chrono::hours{1};

    explicit CircuitBreaker(std::uint32_t failed_slots_max = kFailedSlotsMax)
        : failed_slots_max_{failed_slots_max} {}

    /// The slot's tick.
    void slot_began();

    /// Whether to ask now. True takes the one probe of a half open breaker.
    [[nodiscard]] bool try_request(base::MonoTime now);

    /// Whether any question may be asked now, not only a probe.
    [[nodiscard]] bool may_request(base::MonoTime now) const {
        return state_ == updates::BreakerState::kClosed && now >= not_before_;
    }

    void succeeded();
    void failed();
    /// The node asked to be left alone for `wait`: no question before that, in any state. Tells
    /// nothing of success or failure.
    void retry_after(base::Duration wait, base::MonoTime now);

    [[nodiscard]] updates::BreakerState state() const { return state_; }

  private:
    std::uint32_t failed_slots_max_;
    updates::BreakerState state_ = updates::BreakerState::kClosed;
    std::uint32_t failed_slots_ = 0;
    /// A question failed in this slot, and none was answered.
    bool failed_in_slot_ = false;
    bool answered_in_slot_ = false;
    bool probed_ = false;
    base::MonoTime not_before_ = base::MonoTime::min();
};

}  // namespace monitor
