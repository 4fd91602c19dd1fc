#pragma once

#include <string>

#include "history/summary.hpp"

namespace history {

/// The summary as one HTML page that needs nothing else: style, script and numbers are in it.
/// `summary` was made with its plots. The first paragraph is `first_paragraph`.
[[nodiscard]] std::string report_html(const Summary& summary);

}  // namespace history
