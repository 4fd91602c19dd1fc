#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace http {

/// The moment that a header names, as HTTP has it: "Sun, 06 Nov 1994 08:49:37 GMT", or an older
/// form. Nothing for anything else.
[[nodiscard]] std::optional<base::WallTime> parse_date(std::string_view text);

/// The same the other way: "Sun, 06 Nov 1994 08:49:37 GMT". Fractions of a second are cut off.
[[nodiscard]] std::string format_date(base::WallTime when);

/// How long a `Retry-After` asks to wait, in seconds or until a date by our clock `now`; never
/// negative. Nothing where it is neither.
[[nodiscard]] std::optional<base::Duration> parse_retry_after(std::string_view text,
                                                              base::WallTime now);

}  // namespace http
