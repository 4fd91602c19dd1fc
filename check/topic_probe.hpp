#pragma once

#include <array>
#include <chrono>
#include <functional>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "beacon_api/events.hpp"
#include "check/node_report.hpp"
#include "http/client.hpp"

namespace check {

/// How long each step of a probe may take.
struct ProbeLimits {
    std::chrono::milliseconds connect{3000};
    /// From the request to the accepted header, before the next set is requested as well.
    std::chrono::milliseconds header{1500};
    /// An accepted stream that ends within this refused its topics.
    std::chrono::milliseconds settle{500};
    /// How long to wait for a head, once all sets have been requested; empty: an accepted header is
    /// enough. Called once.
    std::function<base::Duration()> head_wait;
};

/// Finds out which topic sets a node's event stream serves, and writes what it learns into `probes`
/// as it learns it, so that a probe that is cut off has reported what it knew. The richest set is
/// requested first, the next one when that is refused or has no answer yet; a stream without an
/// answer stays open, for some nodes send nothing before their first event. Without `head_wait` it
/// returns when a set works. `decoder` and `probes` outlive it.
[[nodiscard]] base::Task<void> probe_topics(http::Client& client, beacon_api::EventDecoder& decoder,
                                            base::Clock& clock, http::Endpoint node,
                                            ProbeLimits limits, std::array<TopicProbe, 3>& probes);

/// A stream that ended without an event refused its topics if a poorer set works; else it failed
/// for another reason. Call when the probe is over, or was cut off.
void judge_doubtful_refusals(std::array<TopicProbe, 3>& probes);

}  // namespace check
