#include "base/time_text.hpp"
#include "cli/options.hpp"
#include "history/window.hpp"

namespace cli {

std::chrono::seconds parse_span(const std::string& flag, const std::string& text) {
    const auto span = history::parse_span(text);
    if (!span) {
        throw UsageError{flag + " wants a time such as 90m, 24h or 7d"};
    }
    return *span;
}

base::WallTime parse_moment(const std::string& flag, const std::string& text) {
    const auto moment = base::parse_rfc3339(text);
    if (!moment) {
        throw UsageError{flag + " wants a moment such as 2026-01-31T00:00:00Z"};
    }
    return *moment;
}

void take_report(RawOptions& raw) {
    if (raw.report.file.empty()) {
        throw UsageError{"--history is required; see headmon report --help"};
    }
    const history::WindowChoice& window = raw.report.window;
    if (window.from && window.to && *window.from >= *window.to) {
        throw UsageError{"--from must be before --to"};
    }
}

void take_history(RawOptions& raw) {
    if (raw.history_action == "check") {
        raw.history.action = HistoryAction::kCheck;
    } else if (raw.history_action == "vacuum") {
        raw.history.action = HistoryAction::kVacuum;
    } else if (raw.history_action == "export") {
        raw.history.action = HistoryAction::kExport;
    } else {
        throw UsageError{"headmon history wants check, vacuum or export, and a file"};
    }
    if (raw.history.file.empty()) {
        throw UsageError{"no file; give it: headmon history " + raw.history_action + " FILE"};
    }
}

}  // namespace cli
