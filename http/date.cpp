#include "http/date.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <string>
#include <system_error>

namespace http {
namespace {

using std::chrono::seconds;

/// Longer waits are cut to this: a larger number would overflow a sum.
constexpr seconds kWaitMax = std::chrono::hours{24 * 365};

}  // namespace

std::optional<base::WallTime> parse_date(std::string_view text) {
    const time_t parsed = curl_getdate(std::string{text}.c_str(), nullptr);
    if (parsed < 0) {
        return std::nullopt;
    }
    // A clock in nanoseconds ends in 2262.
    constexpr seconds kLast = std::chrono::floor<seconds>(base::WallTime::max().time_since_epoch());
    return base::WallTime{std::min(seconds{parsed}, kLast)};
}

std::string format_date(base::WallTime when) {
    const std::time_t whole = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<base::WallTime::duration>(std::chrono::floor<seconds>(when)));
    std::tm parts{};
    gmtime_r(&whole, &parts);
    std::array<char, 64> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return std::string{text.data(), size};
}

std::optional<base::Duration> parse_retry_after(std::string_view text, base::WallTime now) {
    std::uint64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, count);
    if (!text.empty() && stop == end) {
        const bool is_long = error == std::errc::result_out_of_range ||
                             count > static_cast<std::uint64_t>(kWaitMax.count());
        return is_long ? kWaitMax : seconds{count};
    }
    const auto date = parse_date(text);
    if (!date) {
        return std::nullopt;
    }
    return std::clamp<base::Duration>(*date - now, base::Duration{0}, kWaitMax);
}

}  // namespace http
