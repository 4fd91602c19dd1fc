#include "base/time_text.hpp"

#include <charconv>
#include <cstdint>
#include <random>
#include <string>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {

/// The nanoseconds that a decimal number of seconds names, by a way of its own.
std::int64_t parse_nanoseconds(std::string text) {
    const std::size_t point = text.find('.');
    const std::size_t fraction = point == std::string::npos ? 0 : text.size() - point - 1;
    if (point != std::string::npos) {
        text.erase(point, 1);
    }
    text.append(9 - fraction, '0');
    std::int64_t count = 0;
    const char* const end = text.data() + text.size();
    REQUIRE((std::from_chars(text.data(), end, count) == std::from_chars_result{end, {}}));
    return count;
}

}  // namespace

TEST_CASE("a moment is printed in UTC with six digits of microseconds", "[base]") {
    const base::WallTime start{std::chrono::seconds{1767225600}};
    CHECK(base::to_rfc3339(start) == "2026-01-01T00:00:00.000000Z");
    CHECK(base::to_rfc3339(start + 1us) == "2026-01-01T00:00:00.000001Z");
    CHECK(base::to_rfc3339(start + 1us - 1ns) == "2026-01-01T00:00:00.000000Z");
    CHECK(base::to_rfc3339(start - 1ns) == "2025-12-31T23:59:59.999999Z");
    CHECK(base::to_rfc3339(start + 13h + 5min + 9s) == "2026-01-01T13:05:09.000000Z");
    CHECK(base::to_rfc3339(base::WallTime{}) == "1970-01-01T00:00:00.000000Z");
    CHECK(base::to_rfc3339(base::WallTime{} - 1ns) == "1969-12-31T23:59:59.999999Z");
    CHECK(base::to_rfc3339(base::WallTime{std::chrono::seconds{951782400}}) ==
          "2000-02-29T00:00:00.000000Z");
    CHECK(base::to_rfc3339(base::WallTime::max()) == "2262-04-11T23:47:16.854775Z");
    CHECK(base::to_rfc3339(base::WallTime::min()) == "1677-09-21T00:12:43.145224Z");
}

TEST_CASE("a duration in seconds is a plain decimal with as many digits as it takes", "[base]") {
    CHECK(base::to_decimal_seconds(0ns) == "0");
    CHECK(base::to_decimal_seconds(1ns) == "0.000000001");
    CHECK(base::to_decimal_seconds(-1ns) == "-0.000000001");
    CHECK(base::to_decimal_seconds(397355155ns) == "0.397355155");
    CHECK(base::to_decimal_seconds(12s) == "12");
    CHECK(base::to_decimal_seconds(100s) == "100");
    CHECK(base::to_decimal_seconds(-500us) == "-0.0005");
    CHECK(base::to_decimal_seconds(-2400ms) == "-2.4");
    CHECK(base::to_decimal_seconds(999999999ns) == "0.999999999");
    CHECK(base::to_decimal_seconds(10s + 10ns) == "10.00000001");
    CHECK(base::to_decimal_seconds(base::Duration::max()) == "9223372036.854775807");
    CHECK(base::to_decimal_seconds(base::Duration::min()) == "-9223372036.854775808");
}

TEST_CASE("a duration in decimal seconds reads back as the same nanoseconds", "[base]") {
    std::mt19937_64 random{11};
    for (int i = 0; i < 20'000; ++i) {
        // Of every size, from a nanosecond to the largest.
        const auto count = static_cast<std::int64_t>(random()) >> (i % 64);
        const std::string text = base::to_decimal_seconds(base::Duration{count});
        REQUIRE(parse_nanoseconds(text) == count);
        REQUIRE(text.find_first_not_of("-.0123456789") == std::string::npos);
        REQUIRE((text.find('.') == std::string::npos || !text.ends_with('0')));
        REQUIRE_FALSE(text.ends_with('.'));
    }
}

TEST_CASE("a duration in seconds as a floating point number", "[base]") {
    CHECK(base::seconds(1500ms) == 1.5);
    CHECK(base::seconds(-250ms) == -0.25);
    CHECK(base::seconds(0ns) == 0);
}

TEST_CASE("a moment that is printed is parsed again, and nothing else is", "[base]") {
    std::mt19937_64 random{7};
    for (int i = 0; i < 1000; ++i) {
        const base::WallTime when{
            std::chrono::microseconds{static_cast<std::int64_t>(random() % 8'000'000'000'000'000)}};
        CHECK((base::parse_rfc3339(base::to_rfc3339(when)) == when));
    }
    const base::WallTime day{1767225600s};
    CHECK((base::parse_rfc3339("2026-01-01T00:00:00Z") == day));
    CHECK((base::parse_rfc3339("2026-01-01T00:00:00.5Z") == day + 500ms));
    CHECK((base::parse_rfc3339("2026-01-01T00:00:00.000000001Z") == day + 1ns));
    for (const char* const wrong :
         {"", "Z", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
          "2026-01-01T00:00:00.0000000001Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
          "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
          "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.1x",
          "2026-01-01T00:00:00.1 Z", "+026-01-01T00:00:00Z", "9999-01-01T00:00:00Z",
          "0001-01-01T00:00:00Z", "2026-01-01T00:00:00ZZ"}) {
        INFO(wrong);
        CHECK_FALSE(base::parse_rfc3339(wrong).has_value());
    }
}
