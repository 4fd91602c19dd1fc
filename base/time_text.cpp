#include "base/time_text.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

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
