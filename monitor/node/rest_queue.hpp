#pragma once

#include <deque>
#include <optional>

#include "base/clock.hpp"
#include "monitor/node/circuit_breaker.hpp"
#include "monitor/node/rest_request.hpp"
#include "updates/node_status.hpp"

namespace monitor {

/// The REST questions to one node: one at a time, in order, behind a circuit breaker. Outlives
/// runs. Pure.
///
/// A node that does not answer one request is asked no more until questions are wanted again. An
/// answer that says no (404, a body that cannot be decoded) is an answer; 5xx and 429 are none.
class RestQueue {
  public:
    /// The slot's tick. Headers that were not asked for by then are forgotten: they are wanted
    /// anew, or not.
    void slot_began();
    /// Asks this, too; one that waits already is not asked twice.
    void enqueue(const RestRequest& request);
    /// What to ask now; nothing while a request is under way. The caller asks it.
    [[nodiscard]] std::optional<RestRequest> next(base::MonoTime now);
    /// The request that was under way is answered, or never will be.
    void answered(const RestAnswer& answer, base::MonoTime now);
    /// Whoever asked is gone.
    void run_ended();

    /// Whether a request that is wanted now would be asked.
    [[nodiscard]] bool may_request(base::MonoTime now) const { return breaker_.may_request(now); }
    [[nodiscard]] updates::BreakerState breaker() const { return breaker_.state(); }

  private:
    std::deque<RestRequest> waiting_;
    std::optional<RestRequest> pending_;
    CircuitBreaker breaker_;
};

}  // namespace monitor
