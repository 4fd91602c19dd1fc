#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "check/node_report.hpp"
#include "http/client.hpp"
#include "monitor/candidate.hpp"

namespace check {

struct LookOptions {
    /// Bounds the whole look, beside the wait for heads.
    std::chrono::milliseconds timeout{10'000};
    /// Wait for heads on the streams, two slots at most.
    bool wait = false;
    /// Where a node does not say how long its slots are.
    std::chrono::milliseconds slot_duration{12'000};
};

/// Two slots, and never longer than this: what a node says of its slots is not to be trusted.
inline constexpr std::chrono::seconds kHeadWaitMax{60};

/// Looks at all candidates at once, each with its own questions and streams. Bounded in time;
/// what has not come by then is missing in the looks, which stand in the order of the candidates.
/// Ends with operation_aborted when cancelled.
[[nodiscard]] base::Task<std::vector<NodeLook>> look_at(http::Client& client, base::Clock& clock,
                                                        std::vector<monitor::Candidate> candidates,
                                                        LookOptions options);

}  // namespace check
