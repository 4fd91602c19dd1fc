#pragma once

#include <string>

#include "history/summary.hpp"

namespace history {

/// The summary for people: a paragraph that says which nodes to throw out, and a table. Ends with a
/// line end.
[[nodiscard]] std::string report_text(const Summary& summary);

/// The summary as one JSON object with a line end; docs/history.md describes every member.
[[nodiscard]] std::string report_json(const Summary& summary);

}  // namespace history
