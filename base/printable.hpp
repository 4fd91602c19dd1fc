#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

/// Text from outside, fit for a log line or a terminal: at most `bytes_max` bytes of it, and every
/// byte that is not printable ASCII as `\xNN`, so that no node can write escape sequences or lines
/// of its own.
[[nodiscard]] std::string printable(std::string_view text, std::size_t bytes_max = 120);

}  // namespace base
