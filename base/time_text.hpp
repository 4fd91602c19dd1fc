#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace base {

/// `2026-01-01T00:00:00.000001Z`: UTC, always with six digits of microseconds; what is finer is cut
/// off, towards the past. https://www.rfc-editor.org/rfc/rfc3339#section-5.6
[[nodiscard]] std::string to_rfc3339(WallTime when);

/// A moment in UTC with `Z` and up to nine digits behind the point, or nothing.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

/// A duration in seconds, for arithmetic and for libraries that take nothing else: exact to a
/// nanosecond for durations below some 100 days.
[[nodiscard]] double seconds(Duration duration);

/// Seconds since 1970, for libraries that take nothing else.
[[nodiscard]] double unix_time(WallTime when);

/// A duration in seconds, exact: a plain decimal number with as many digits as it takes, at most
/// nine behind the point, and never an exponent. `12`, `0.397355155`, `-0.0005`.
[[nodiscard]] std::string to_decimal_seconds(Duration duration);

}  // namespace base
