#pragma once

#include <string>

#include "base/result.hpp"
#include "monitor/stream_end.hpp"

namespace check {

/// Why a question to a node, or its event stream, brought nothing.
struct Trouble {
    /// A stable word: an end reason, "deadline", or the code of an answer that cannot be read.
    std::string word;
    /// Of the answer; 0 when none came.
    int status = 0;
    /// More about it; may be empty. Fit to be printed.
    std::string detail;
};

[[nodiscard]] Trouble trouble_of(const base::Error& error);
[[nodiscard]] Trouble trouble_of(const monitor::StreamEnd& end);

/// What it is, as the end of a sentence about the node: "refuses the connection (connect_failed:
/// Connection refused)".
[[nodiscard]] std::string describe(const Trouble& trouble);
/// What to do, one sentence.
[[nodiscard]] std::string advise(const Trouble& trouble);

}  // namespace check
