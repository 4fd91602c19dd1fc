#include "http/date.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace date_test {

using namespace std::chrono_literals;

namespace {

constexpr base::WallTime kThen{784'111'777s};

}  // namespace

TEST_CASE("the three forms of an HTTP date name one moment", "[http]") {
    for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994"}) {
        INFO(text);
        const auto date = http::parse_date(text);
        REQUIRE(date.has_value());
        CHECK((*date == kThen));
    }
}

TEST_CASE("what is no date is none, and a far one does not overflow", "[http]") {
    CHECK_FALSE(http::parse_date("").has_value());
    CHECK_FALSE(http::parse_date("soon").has_value());
    CHECK_FALSE(http::parse_date("Sun, 99 Nov 1994 08:49:37 GMT").has_value());
    const auto far = http::parse_date("Sun, 06 Nov 9994 08:49:37 GMT");
    REQUIRE(far.has_value());
    CHECK((*far > kThen));
}

TEST_CASE("Retry-After is a number of seconds or a date", "[http]") {
    CHECK((http::parse_retry_after("120", kThen) == 120s));
    CHECK((http::parse_retry_after("0", kThen) == 0s));
    CHECK((http::parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", kThen) == 60s));
    CHECK((http::parse_retry_after("Sun, 06 Nov 1994 08:40:37 GMT", kThen) == 0s));
    CHECK((http::parse_retry_after("99999999999999999999999", kThen) == 24h * 365));
    CHECK((http::parse_retry_after("99999999999", kThen) == 24h * 365));
    for (const char* text : {"", "-1", "1.5", "later", "12 s"}) {
        INFO(text);
        CHECK_FALSE(http::parse_retry_after(text, kThen).has_value());
    }
}

TEST_CASE("a moment is written as HTTP has it, and read back", "[http]") {
    CHECK(http::format_date(kThen) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(http::format_date(kThen + 999ms) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK((http::parse_date(http::format_date(kThen)) == kThen));
}

}  // namespace date_test
