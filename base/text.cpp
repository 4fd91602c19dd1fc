#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <system_error>

namespace base {
namespace {

bool begins_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
}

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return number;
}

/// Levenshtein: how many letters are to be added, left out or changed.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char letter : a) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = diagonal + (letter == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t min,
                                          std::uint64_t max) {
    const auto number = parse_whole<std::uint64_t>(text);
    return number && *number >= min && *number <= max ? number : std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text) {
    constexpr double kTenYears = 3650.0 * 86'400;
    const auto seconds = parse_whole<double>(text);
    if (!seconds || !(*seconds >= 0.001 && *seconds <= kTenYears)) {
        return std::nullopt;
    }
    return std::chrono::milliseconds{static_cast<std::int64_t>(*seconds * 1000)};
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const auto end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string clip(std::string_view text, std::size_t columns) {
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (begins_character(text[i]) && characters++ == columns) {
            return std::string{text.substr(0, i)};
        }
    }
    return std::string{text};
}

std::string escape_html(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            default:
                safe += c;
        }
    }
    return safe;
}

std::string with_article(std::string_view noun) {
    constexpr std::string_view kVowels = "aeiouAEIOU";
    const bool is_vowel = !noun.empty() && kVowels.find(noun.front()) != std::string_view::npos;
    return (is_vowel ? "an " : "a ") + std::string{noun};
}

std::optional<std::string_view> find_nearest(std::string_view word,
                                             const std::vector<std::string_view>& known) {
    std::optional<std::string_view> nearest;
    std::size_t best = std::min(word.size(), std::max<std::size_t>(word.size() / 3, 2) + 1);
    for (const std::string_view candidate : known) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best) {
            best = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

}  // namespace base
