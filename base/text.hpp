#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

/// The whole of `text` as a decimal number from `min` to `max`, or nothing.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t min,
                                                        std::uint64_t max);

/// The whole of `text` as seconds, "60" or "0.5": from 0.001 to ten years, or nothing. What is
/// finer than a millisecond is cut off.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text);

/// `text` cut at each `separator`; empty parts are kept.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

/// `text` without the blanks and line ends around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Characters of UTF-8 text: the columns of a terminal that it takes, as far as each takes one.
[[nodiscard]] std::size_t display_width(std::string_view text);
/// The first `columns` characters of UTF-8 text; never a part of one.
[[nodiscard]] std::string clip(std::string_view text, std::size_t columns);

/// Text as HTML shows it, in an element or in a quoted attribute.
[[nodiscard]] std::string escape_html(std::string_view text);

/// "an array", "a string".
[[nodiscard]] std::string with_article(std::string_view noun);

/// The one of `known` that `word` was most likely meant to be, or nothing when none is near.
[[nodiscard]] std::optional<std::string_view> find_nearest(
    std::string_view word, const std::vector<std::string_view>& known);

}  // namespace base
