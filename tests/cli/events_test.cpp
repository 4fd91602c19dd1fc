#include "cli/events.hpp"

#include <string>
#include <string_view>

#include <catch2/catch.hpp>

TEST_CASE("what a terminal may act on is escaped in the JSON of an event", "[cli]") {
    const auto data = [](std::string_view text) {
        const std::string line = cli::event_line(sse::Event{"t", text, ""});
        const std::string start = R"({"event":"t","data":")";
        REQUIRE(line.starts_with(start));
        return line.substr(start.size(), line.find("\",\"id\"") - start.size());
    };
    CHECK(data("\x1b\x7f") == R"(\u001B\u007F)");
    CHECK(data("\u0080\u009b\u009f") == R"(\u0080\u009B\u009F)");
    CHECK(data("a\u202eb\u202ac\u2066d\u2069") == R"(a\u202Eb\u202Ac\u2066d\u2069)");
    CHECK(data("\u200e\u200f\u061c\u2028") == R"(\u200E\u200F\u061C\u2028)");
    // Their neighbours, and text of every length, stay.
    CHECK(data("\u00a0\u2030\u206a\u20ac\U0001f600~") == "\u00a0\u2030\u206a\u20ac\U0001f600~");
    CHECK(data("\xc2\x9b\xc2") == R"(\u009B)"
                                  "\xef\xbf\xbd");
}

TEST_CASE("an event is one line of JSON, with the replacement character for malformed UTF-8",
          "[cli]") {
    CHECK(cli::event_line({"head", "{\"a\":\"\n\"}", "7"}) ==
          "{\"event\":\"head\",\"data\":\"{\\\"a\\\":\\\"\\n\\\"}\",\"id\":\"7\"}\n");
    CHECK(cli::event_line({"m\xff", "\xc3(\xe2\x82", ""}) ==
          "{\"event\":\"m\xef\xbf\xbd\",\"data\":\"\xef\xbf\xbd(\xef\xbf\xbd\",\"id\":\"\"}\n");
}
