#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "history/summary.hpp"

namespace history {

enum class ReportFormat : std::uint8_t { kText, kJson, kHtml };

/// The format of that name ("text", "json", "html"), or nothing.
[[nodiscard]] std::optional<ReportFormat> find_report_format(std::string_view name);
/// Its media type.
[[nodiscard]] std::string_view content_type(ReportFormat format);
/// What a summary needs for it.
[[nodiscard]] Detail detail_of(ReportFormat format);
/// The summary in that format.
[[nodiscard]] std::string report(const Summary& summary, ReportFormat format);

/// The summary for people: a paragraph that says which nodes to throw out, and a table. Ends with a
/// line end.
[[nodiscard]] std::string report_text(const Summary& summary);

/// The summary as one JSON object with a line end; docs/history.md describes every member.
[[nodiscard]] std::string report_json(const Summary& summary);

}  // namespace history
