#pragma once

#include <deque>
#include <optional>

#include "base/clock.hpp"
#include "monitor/node/circuit_breaker.hpp"
#include "monitor/node/rest_request.hpp"
#include "updates/node_status.hpp"

namespace monitor {

/// The REST requests to one node: one at a time, in order, behind a circuit breaker. Outlives runs.
/// Pure.
///
/// When a node does not answer one request, those that wait are dropped, and the next time others
/// go first: one endpoint that never answers is not the whole API. A refusal (404, a body that
/// cannot be decoded) is an answer; 5xx and 429 are none.
class RestQueue {
  public:
    /// A node cannot keep requests away for more slots.
    static constexpr int kRetryAfterSlotsMax = 32;

    /// Requests for headers that were not sent by then are dropped: they are enqueued anew, or not.
    void on_tick();
    /// A request that waits already is not enqueued twice.
    void enqueue(const RestRequest& request);
    /// A request that waits is not needed any more.
    void remove(const RestRequest& request);
    /// The request to send now; nothing while an answer is awaited.
    [[nodiscard]] std::optional<RestRequest> next(base::MonoTime now);
    /// The answer that was awaited, or why there is none.
    void answered(const RestAnswer& answer, base::MonoTime now, base::Duration slot);
    /// The run that enqueued the requests is over.
    void run_ended();

    /// Whether a request that is enqueued now would be sent.
    [[nodiscard]] bool may_request(base::MonoTime now) const { return breaker_.may_request(now); }
    [[nodiscard]] updates::BreakerState breaker(base::MonoTime now) const {
        return breaker_.state(now);
    }
    /// For how much longer the node has asked to be left alone.
    [[nodiscard]] std::optional<base::Duration> time_left(base::MonoTime now) const {
        return breaker_.time_left(now);
    }

  private:
    std::deque<RestRequest> waiting_;
    std::optional<RestRequest> pending_;
    /// What was not answered the last time.
    std::optional<RestRequest::Kind> failed_;
    CircuitBreaker breaker_;
};

}  // namespace monitor
