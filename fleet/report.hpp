#pragma once

#include <string>
#include <string_view>

#include "fleet/summary.hpp"

namespace fleet {

/// The summary for people: sites, instances, nodes and clients in tables, then the slots that some
/// site saw late or not at all. Ends with a line end.
[[nodiscard]] std::string report_text(const Summary& summary);

/// As one JSON object with a line end; docs/fleet.md describes every member.
[[nodiscard]] std::string report_json(const Summary& summary);

/// As one HTML page that needs nothing else; `style` is the style sheet of headmon's reports.
[[nodiscard]] std::string report_html(const Summary& summary, std::string_view style);

}  // namespace fleet
