#include "sse/writer.hpp"

#include <catch2/catch.hpp>

#include "sse/parser.hpp"
#include "tests/sse/reference_parser.hpp"
#include "tests/support/loop.hpp"

namespace {

using namespace std::literals;
using tests::OwnedEvent;

std::string event_text(std::string_view type, std::string_view data, std::string_view id = {}) {
    std::string out;
    sse::append_event(out, type, data, id);
    return out;
}

std::string comment_text(std::string_view text) {
    std::string out;
    sse::append_comment(out, text);
    return out;
}

/// What a parser makes of it: exactly one event.
OwnedEvent read_back(std::string_view text) {
    const tests::StreamContents contents = tests::read_stream_slowly(text);
    REQUIRE(contents.events.size() == 1);
    return contents.events[0];
}

}  // namespace

TEST_CASE("an event is written as its fields and a blank line", "[sse]") {
    CHECK(event_text("head", "{}") == "event: head\ndata: {}\n\n");
    CHECK(event_text("head", "{}", "7") == "event: head\nid: 7\ndata: {}\n\n");
    CHECK(event_text("", "{}") == "data: {}\n\n");
}

TEST_CASE("writing appends to what is there", "[sse]") {
    std::string out = "x";
    sse::append_event(out, "a", "b");
    sse::append_comment(out);
    CHECK(out == "xevent: a\ndata: b\n\n:\n\n");
}

TEST_CASE("data of several lines is read back with LF between them", "[sse]") {
    CHECK(event_text("", "a\nb\rc\r\nd\n") == "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
    CHECK(read_back(event_text("", "a\nb\rc\r\nd\n")).data == "a\nb\nc\nd\n");
    CHECK(read_back(event_text("", "\n\r\r\n")).data == "\n\n\n");
}

TEST_CASE("any data is read back as it was", "[sse]") {
    for (const std::string& data : {""s, " "s, "  indented"s, ":"s, "data: x"s, "a\nevent: b"s,
                                    "\0"s, "\xEF\xBB\xBF"s, "\xFF"s, "\n"s, "\n\n"s}) {
        INFO(data);
        CHECK((read_back(event_text("t", data, "i")) == OwnedEvent{"t", data, "i"}));
    }
}

TEST_CASE("no line end in a type or an id begins a field of its own", "[sse]") {
    CHECK((read_back(event_text("he\nad\r\n", "x", "1\ndata: y\r2\0003"s)) ==
           OwnedEvent{"head", "x", "1data: y23"}));
    // An empty id field would reset the id of the reader.
    CHECK(event_text("\n", "x", "\r\n\0"sv) == "data: x\n\n");
}

TEST_CASE("a comment is written as it is, each of its lines with a colon of its own", "[sse]") {
    CHECK(comment_text("") == ":\n\n");
    CHECK(comment_text(" ready") == ": ready\n\n");
    CHECK(comment_text("error - dropped\ndata: x") == ":error - dropped\n:data: x\n\n");
    CHECK(tests::read_stream_slowly(comment_text("a\r\nevent: b\rdata: c\n\n")).events.empty());
}

TEST_CASE("every event of every fixture survives being written and read", "[sse]") {
    for (const std::string& name : tests::stream_fixtures()) {
        INFO(name);
        const auto events = tests::read_stream_slowly(tests::fixture(name)).events;
        std::string text;
        for (const OwnedEvent& event : events) {
            // A reader keeps an id until the next one: an event without one follows none.
            text += event.last_event_id.empty() ? "id\n" : "";
            sse::append_event(text, event.type, event.data, event.last_event_id);
        }
        std::vector<OwnedEvent> read;
        sse::Parser parser{
            1024 * 1024, [&](const sse::Event& event) {
                read.push_back(OwnedEvent{std::string{event.type}, std::string{event.data},
                                          std::string{event.last_event_id}});
            }};
        REQUIRE(parser.feed(text).has_value());
        const bool same = read == events;
        CHECK(same);
    }
}
