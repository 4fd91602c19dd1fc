#pragma once

#include <string>

#include "http/failure_reason.hpp"
#include "updates/stream_end_reason.hpp"

namespace monitor {

/// How a stream ended.
struct StreamEnd {
    updates::StreamEndReason reason = updates::StreamEndReason::kEof;
    /// More about it; fit to be printed; may be empty.
    std::string detail{};
    /// Of the answer, for kHttpStatus; else 0.
    int http_status = 0;

    friend bool operator==(const StreamEnd&, const StreamEnd&) = default;
};

/// The end of a stream whose transfer ended so.
[[nodiscard]] updates::StreamEndReason end_reason_of(http::FailureReason reason);

}  // namespace monitor
