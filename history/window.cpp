#include "history/window.hpp"

#include "base/text.hpp"
#include "history/connection.hpp"
#include "history/moment.hpp"

namespace history {
namespace {

/// headmon writes until when it has watched at least so often.
constexpr std::int64_t kJustGone = 30'000'000;

}  // namespace

std::optional<std::chrono::seconds> parse_span(std::string_view text) {
    constexpr std::uint64_t kMost = 36'500;
    const auto number =
        text.empty() ? std::nullopt : base::parse_number(text.substr(0, text.size() - 1), 1, kMost);
    if (!number) {
        return std::nullopt;
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
            return std::nullopt;
    }
}

Window find_window(Connection& connection, const WindowChoice& choice) {
    std::int64_t to = to_micros(choice.to.value_or(choice.now));
    SQLite::Statement& watched =
        connection.prepare("SELECT value FROM meta WHERE key = 'watched_until'");
    if (!choice.to && watched.executeStep()) {
        const std::int64_t until = watched.getColumn(0).getInt64();
        to = to - until < kJustGone ? until : to;
    }
    (void)watched.tryReset();
    const std::int64_t since =
        std::chrono::duration_cast<std::chrono::microseconds>(choice.since).count();
    return {choice.from ? to_micros(*choice.from) : to - since, to};
}

}  // namespace history
