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

history::ReportFormat parse_report_format(const std::string& text) {
    const auto format = history::find_report_format(text);
    if (!format) {
        throw UsageError{"--format wants text, json or html"};
    }
    return *format;
}

std::string kinds_of_rows() {
    std::string text;
    for (const std::string_view name : history::export_names()) {
        text.append(text.empty() ? "" : "|").append(name);
    }
    return text;
}

void take_report(RawOptions& raw) {
    if (raw.report.file.empty() == raw.url.empty()) {
        throw UsageError{"--history or --api is required, and not both; see headmon report --help"};
    }
    if (!raw.url.empty()) {
        const auto url = http::Url::parse(raw.url);
        if (!url) {
            throw UsageError{"--api: " + url.error().detail + "; give http://HOST:PORT"};
        }
        raw.report.api = http::Endpoint{*url, {}, {}};
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
