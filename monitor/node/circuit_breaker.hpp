#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "updates/node_status.hpp"

namespace monitor {

/// Keeps REST requests away from a node that does not answer them. Closed: requests are sent. Open:
/// none is sent in this slot any more. Half open: one request is allowed, and its answer decides.
/// Retry after: none is sent before the time that the node has named.
///
/// A slot has failed when requests failed in it and none was answered. After `failed_slots_max`
/// failed slots in a row there is one request a slot, until one is answered. Pure; one for each
/// node.
class CircuitBreaker {
  public:
    static constexpr std::uint32_t kFailedSlotsMax = 3;

    explicit CircuitBreaker(std::uint32_t failed_slots_max = kFailedSlotsMax)
        : failed_slots_max_{failed_slots_max} {}

    /// The slot's tick.
    void on_tick();

    /// Whether to send a request now. True takes the one probe of a half open breaker.
    [[nodiscard]] bool try_request(base::MonoTime now);

    /// Whether any request may be sent now, not only a probe.
    [[nodiscard]] bool may_request(base::MonoTime now) const {
        return state_ == updates::BreakerState::kClosed && now >= not_before_;
    }

    void succeeded();
    void failed();
    /// The node refused a request with `Retry-After`
    /// (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after): no request before that, in any
    /// state. It is neither a success nor a failure.
    void retry_after(base::Duration wait, base::MonoTime now);

    [[nodiscard]] updates::BreakerState state(base::MonoTime now) const {
        return now < not_before_ ? updates::BreakerState::kRetryAfter : state_;
    }
    /// In kRetryAfter: for how much longer.
    [[nodiscard]] std::optional<base::Duration> time_left(base::MonoTime now) const {
        return now < not_before_ ? std::optional{not_before_ - now} : std::nullopt;
    }

  private:
    std::uint32_t failed_slots_max_;
    updates::BreakerState state_ = updates::BreakerState::kClosed;
    std::uint32_t failed_slots_ = 0;
    /// A request failed in this slot, and none was answered.
    bool failed_in_slot_ = false;
    bool answered_in_slot_ = false;
    bool probed_ = false;
    base::MonoTime not_before_ = base::MonoTime::min();
};

}  // namespace monitor
