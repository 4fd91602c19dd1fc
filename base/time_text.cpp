#include "base/time_text.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/text.hpp"

namespace base {
namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

void append_padded(std::string& text, std::uint64_t number, std::size_t width) {
    const std::string digits = std::to_string(number);
    if (digits.size() < width) {
        text.append(width - digits.size(), '0');
    }
    text += digits;
}

template <class Number>
void append(std::string& text, std::string_view separator, Number number, std::size_t width) {
    text += separator;
    append_padded(text, static_cast<std::uint64_t>(number), width);
}

}  // namespace

std::string to_rfc3339(WallTime when) {
    const auto micros = std::chrono::floor<std::chrono::microseconds>(when);
    const auto day = std::chrono::floor<std::chrono::days>(micros);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{micros - day};
    std::string text;
    // A clock in nanoseconds holds the years from 1677 to 2262 alone.
    append(text, "", static_cast<int>(date.year()), 4);
    append(text, "-", static_cast<unsigned>(date.month()), 2);
    append(text, "-", static_cast<unsigned>(date.day()), 2);
    append(text, "T", clock.hours().count(), 2);
    append(text, ":", clock.minutes().count(), 2);
    append(text, ":", clock.seconds().count(), 2);
    append(text, ".", clock.subseconds().count(), 6);
    return text + "Z";
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    constexpr std::string_view kShape = "0000-00-00T00:00:00";
    constexpr std::size_t kFractionMax = 9;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() <= kShape.size() || text.back() != 'Z') {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < kShape.size(); ++i) {
        if (kShape[i] == '0' ? !is_digit(text[i]) : text[i] != kShape[i]) {
            return std::nullopt;
        }
    }
    const auto number = [&](std::size_t begin, std::size_t size) {
        return parse_number(text.substr(begin, size), 0, 9999).value_or(0);
    };
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(number(0, 4))},
                                           std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                           std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    const std::string_view rest = text.substr(kShape.size(), text.size() - kShape.size() - 1);
    const bool is_fraction = rest.size() >= 2 && rest.size() <= 1 + kFractionMax &&
                             rest.front() == '.' &&
                             std::all_of(rest.begin() + 1, rest.end(), is_digit);
    // A clock in nanoseconds holds no other years whole.
    if (!date.ok() || date.year() < std::chrono::year{1678} ||
        date.year() > std::chrono::year{2261} || number(11, 2) > 23 || number(14, 2) > 59 ||
        number(17, 2) > 59 || !(rest.empty() || is_fraction)) {
        return std::nullopt;
    }
    std::string nanoseconds{rest.empty() ? rest : rest.substr(1)};
    nanoseconds.resize(kFractionMax, '0');
    const auto fraction = parse_number(nanoseconds, 0, kNanosecondsPerSecond - 1).value_or(0);
    return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{number(11, 2)} +
           std::chrono::minutes{number(14, 2)} + std::chrono::seconds{number(17, 2)} +
           std::chrono::nanoseconds{fraction};
}

double seconds(Duration duration) {
    return std::chrono::duration<double>{duration}.count();
}

double unix_time(WallTime when) {
    return seconds(when.time_since_epoch());
}

std::string to_decimal_seconds(Duration duration) {
    const std::int64_t count = duration.count();
    // The least duration has no positive counterpart of its own type.
    const auto bits = static_cast<std::uint64_t>(count);
    const std::uint64_t magnitude = count < 0 ? 0 - bits : bits;
    std::string text = count < 0 ? "-" : "";
    text += std::to_string(magnitude / kNanosecondsPerSecond);
    if (const std::uint64_t fraction = magnitude % kNanosecondsPerSecond; fraction != 0) {
        text += '.';
        append_padded(text, fraction, 9);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

}  // namespace base
