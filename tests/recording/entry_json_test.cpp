#include "recording/entry_json.hpp"

#include <set>
#include <variant>

#include <catch2/catch.hpp>

#include "tests/recording/entries.hpp"

namespace recording_entry_json_test {

std::string line_of(const recording::Entry& entry) {
    std::string line;
    recording::append_line(line, entry);
    REQUIRE(line.ends_with('\n'));
    line.pop_back();
    return line;
}

TEST_CASE("each entry is read as it was written, on one line", "[recording]") {
    recording::LineReader reader;
    std::set<std::size_t> kinds;
    for (const recording::Entry& entry : tests::every_entry()) {
        const std::string line = line_of(entry);
        INFO(line);
        CHECK(line.find('\n') == std::string::npos);
        const auto read = reader.read(line);
        REQUIRE(read.has_value());
        CHECK(*read == entry);
        kinds.insert(entry.event.index());
    }
    CHECK(kinds.size() == std::variant_size_v<recording::Event>);
}

TEST_CASE("a line that is cut anywhere is an error, and no entry", "[recording]") {
    recording::LineReader reader;
    for (const recording::Entry& entry : tests::every_entry()) {
        const std::string line = line_of(entry);
        for (std::size_t length = 0; length < line.size(); ++length) {
            CHECK_FALSE(reader.read(std::string_view{line}.substr(0, length)).has_value());
        }
    }
}

TEST_CASE("a member that is missing, of another type or out of its range is named", "[recording]") {
    recording::LineReader reader;
    const auto error_of = [&reader](std::string_view line) {
        const auto read = reader.read(line);
        return read ? std::string{"none"} : to_string(read.error());
    };
    const std::string at = R"({"mono_ns":1,"wall_ns":2,)";
    CHECK(error_of(R"({"wall_ns":2,"entry":"stream_closed","stream":1})") ==
          "missing_field: mono_ns");
    CHECK(error_of(at + R"("entry":"stream_closed"})") == "missing_field: stream");
    CHECK(error_of(at + R"("entry":"stream_closed","stream":"1"})") == "missing_field: stream");
    CHECK(error_of(at + R"("entry":"stream_closed","stream":-1})") == "missing_field: stream");
    CHECK(error_of(at + R"("entry":"stopping","why":"bored"})") == "bad_value: why");
    CHECK(error_of(at + R"("entry":"request","request":1,"node":"","path":"/"})") ==
          "out_of_range: node");
    CHECK(error_of(at + R"("entry":"weather"})") == "bad_value: entry");
    CHECK(error_of("[]") == "malformed_json: line");
    CHECK(error_of(at + R"("entry":"stream_bytes","stream":1,"arrived_mono_ns":1,)" +
                   R"("arrived_wall_ns":1,"bytes":"€"})") == "bad_value: bytes");
}

TEST_CASE("a member that a later headmon adds is passed over", "[recording]") {
    recording::LineReader reader;
    const auto read = reader.read(
        R"({"mono_ns":1,"wall_ns":2,"entry":"stream_closed","stream":1,"mood":"fine"})");
    REQUIRE(read.has_value());
    CHECK(*read == recording::Entry{tests::moment(1, 2), recording::StreamClosed{1}});
}

}  // namespace recording_entry_json_test
