#include <chrono>
#include <ctime>

#include "base/text.hpp"
#include "cli/options.hpp"
#include "history/export.hpp"

namespace cli {

std::chrono::seconds parse_span(const std::string& flag, const std::string& text) {
    constexpr std::uint64_t kMost = 36'500;
    const auto wrong = [&] { return UsageError{flag + " wants a time such as 90m, 24h or 7d"}; };
    if (text.empty()) {
        throw wrong();
    }
    const auto number = base::parse_number(text.substr(0, text.size() - 1), 1, kMost);
    if (!number) {
        throw wrong();
    }
    const auto count = static_cast<std::int64_t>(*number);
    switch (text.back()) {
        case 'm':
            return std::chrono::minutes{count};
        case 'h':
            return std::chrono::hours{count};
        case 'd':
            return std::chrono::days{count};
        default:
            throw wrong();
    }
}

base::WallTime parse_moment(const std::string& flag, const std::string& text) {
    std::tm parts{};
    const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (text.size() != 20 || end != text.c_str() + text.size()) {
        throw UsageError{flag + " wants a moment such as 2026-01-31T00:00:00Z"};
    }
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
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
