#pragma once

#include <string>

#include "history/summary.hpp"

namespace history {

/// The numbers of the plots of a report, as one JSON object: docs/api.md. The summary is one for
/// plots (Detail::kPlots).
[[nodiscard]] std::string plots_json(const Summary& summary);

}  // namespace history
