#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "http/failure_reason.hpp"
#include "http/request.hpp"
#include "updates/stream_end_reason.hpp"

namespace monitor {

/// How a stream ended.
struct StreamEnd {
    updates::StreamEndReason reason = updates::StreamEndReason::kEof;
    /// More about it; fit to be printed; may be empty.
    std::string detail{};
    /// Of the answer, for kHttpStatus; else 0.
    int http_status = 0;
    /// How long the node asks to wait, with a 429 or 503 alone.
    /// https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    std::optional<base::Duration> retry_after{};

    friend bool operator==(const StreamEnd&, const StreamEnd&) = default;
};

[[nodiscard]] updates::StreamEndReason end_reason_of(http::FailureReason reason);

/// The end of a stream whose transfer ended so.
[[nodiscard]] StreamEnd stream_end_of(const http::TransferError& why);

}  // namespace monitor
