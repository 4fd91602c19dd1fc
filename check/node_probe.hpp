#pragma once

#include <chrono>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "check/node_report.hpp"
#include "http/client.hpp"
#include "monitor/candidate.hpp"

namespace check {

struct ProbeOptions {
    /// Bounds the whole probe, the wait for heads excepted.
    std::chrono::milliseconds timeout{10'000};
    /// Wait for heads on the streams, two slots at most.
    bool wait = false;
    /// Where a node does not say how long its slots are.
    std::chrono::milliseconds slot_duration{12'000};
};

/// Two slots, and never longer than this: a node's own slot duration is not to be trusted.
inline constexpr std::chrono::seconds kHeadWaitMax{60};

/// Probes all candidates at once, each with its own requests and streams. Bounded in time; what has
/// not come by then is missing in the reports, which are in the order of the candidates. Ends with
/// operation_aborted when cancelled.
[[nodiscard]] base::Task<std::vector<NodeReport>> probe_nodes(
    http::Client& client, base::Clock& clock, std::vector<monitor::Candidate> candidates,
    ProbeOptions options);

}  // namespace check
