#include "base/printable.hpp"

#include <catch2/catch.hpp>

TEST_CASE("printable text cannot break a log line or steer a terminal", "[base]") {
    CHECK(base::printable("Lodestar/v1.5.1") == "Lodestar/v1.5.1");
    CHECK(base::printable("a\nb\x1b[31m") == "a\\x0ab\\x1b[31m");
    CHECK(base::printable("\\x0a") == "\\x5cx0a");
    CHECK(base::printable("\xc3\xa9") == "\\xc3\\xa9");
}

TEST_CASE("printable text is cut at its limit and says so", "[base]") {
    CHECK(base::printable("abcdef", 6) == "abcdef");
    CHECK(base::printable("abcdefg", 6) == "abcdef...");
}
