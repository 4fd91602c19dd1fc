#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "beacon_api/request_error.hpp"
#include "monitor/stream_end.hpp"

namespace check {

/// Why a request to a node, or its event stream, brought nothing.
struct FailureCause {
    /// How the transfer or the stream ended; nothing where an answer came too late or cannot be
    /// read.
    std::optional<updates::StreamEndReason> end{};
    /// Meaningful without `end`.
    base::ErrorCode code = base::ErrorCode::kBadValue;
    /// Of the answer; 0 when none came.
    int http_status = 0;
    /// More about it, the status included; may be empty. Fit to be printed.
    std::string detail{};
    /// The node answers other requests.
    bool answers_otherwise = false;
};

[[nodiscard]] FailureCause cause_of(const beacon_api::RequestError& error);
[[nodiscard]] FailureCause cause_of(const monitor::StreamEnd& end);

/// A stable word: a stream's end reason, "deadline", or the code of an answer that cannot be read.
[[nodiscard]] std::string_view name_of(const FailureCause& cause);

/// The end of a sentence about the node: "accepts no connection (connect_failed: Connection
/// refused)".
[[nodiscard]] std::string problem_text(const FailureCause& cause);
/// What to do, one sentence.
[[nodiscard]] std::string fix_text(const FailureCause& cause);

}  // namespace check
