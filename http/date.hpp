#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace http {

/// The moment that a header names, as HTTP has it: "Sun, 06 Nov 1994 08:49:37 GMT", or an older
/// form. Nothing for anything else.
[[nodiscard]] std::optional<base::WallTime> parse_date(std::string_view text);

/// How long a `Retry-After` asks to wait, in seconds or until a date by our clock `now`; never
/// negative. Nothing where it says neither.
[[nodiscard]] std::optional<base::Duration> parse_retry_after(std::string_view text,
                                                              base::WallTime now);

}  // namespace http
