#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "history/summary.hpp"

namespace history {

/// Which part of a history is asked for.
struct WindowChoice {
    /// Absent: `since` before the end.
    std::optional<base::WallTime> from;
    /// Absent: now, or the moment until when headmon has watched, where that is just gone.
    std::optional<base::WallTime> to;
    std::chrono::seconds since = std::chrono::hours{24};
    base::WallTime now;
};

/// "90m", "24h", "7d", up to 36,500 of each; nothing for any other text.
[[nodiscard]] std::optional<std::chrono::seconds> parse_span(std::string_view text);

/// Throws SQLite::Exception.
[[nodiscard]] Window find_window(Connection& connection, const WindowChoice& choice);

}  // namespace history
