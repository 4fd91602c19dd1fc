#include "base/text.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

using Parts = std::vector<std::string>;

TEST_CASE("numbers and seconds are taken whole or not at all", "[base]") {
    CHECK(base::parse_number("7", 1, 10) == 7);
    CHECK_FALSE(base::parse_number("11", 1, 10));
    CHECK_FALSE(base::parse_number("7x", 1, 10));
    CHECK_FALSE(base::parse_number("-7", 1, 10));
    CHECK_FALSE(base::parse_number("", 0, 10));
    CHECK(base::parse_seconds("0.5") == std::chrono::milliseconds{500});
    CHECK_FALSE(base::parse_seconds("0"));
    CHECK_FALSE(base::parse_seconds("nan"));
    CHECK_FALSE(base::parse_seconds("1e30"));
}

TEST_CASE("text is cut at each separator and empty parts are kept", "[base]") {
    CHECK(base::split("a,b", ',') == Parts{"a", "b"});
    CHECK(base::split(",a,,", ',') == Parts{"", "a", "", ""});
    CHECK(base::split("", ',') == Parts{""});
}

TEST_CASE("the nearest of the known words is found and none where all are far", "[base]") {
    const std::vector<std::string_view> known{"--network", "--genesis-time", "--format"};
    CHECK(base::find_nearest("--netwrok", known) == "--network");
    CHECK(base::find_nearest("--fromat", known) == "--format");
    CHECK_FALSE(base::find_nearest("--verbose", known));
    CHECK_FALSE(base::find_nearest("", known));
}
