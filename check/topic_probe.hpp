#pragma once

#include <array>
#include <chrono>
#include <functional>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "check/node_report.hpp"
#include "http/client.hpp"

namespace check {

/// How long each step of a probe may take.
struct ProbeLimits {
    std::chrono::milliseconds connect{3000};
    /// From the request to the accepted header, before the next form is asked beside.
    std::chrono::milliseconds header{1500};
    /// An accepted stream that ends within this refused its topics.
    std::chrono::milliseconds settle{500};
    /// How long to wait for a head, once all forms have been asked; empty: an accepted header is
    /// enough. Called once.
    std::function<base::Duration()> head_wait;
};

/// Finds out which forms of topics a node's event stream serves, and writes what it learns into
/// `forms` as it learns it, so that a probe that is cut off has told what it knew. The richest form
/// is asked first, the next one when that is refused or has no answer yet; a stream without an
/// answer stays open, for some nodes send nothing before their first event. Without `head_wait` it
/// returns when a form works. `forms` outlives it.
[[nodiscard]] base::Task<void> probe_topics(http::Client& client, base::Clock& clock,
                                            http::Endpoint node, ProbeLimits limits,
                                            std::array<FormLook, 3>& forms);

}  // namespace check
