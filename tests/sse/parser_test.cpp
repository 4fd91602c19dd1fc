#include "sse/parser.hpp"

#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "tests/sse/reference_parser.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/loop.hpp"

namespace {

using namespace std::literals;
using tests::OwnedEvent;

constexpr std::size_t kNoLimit = std::size_t{1024} * 1024;

/// A parser and all it has said.
struct Recorder {
    explicit Recorder(std::size_t event_bytes_max = kNoLimit)
        : parser{event_bytes_max,
                 [this](const sse::Event& event) {
                     events.push_back(OwnedEvent{std::string{event.type}, std::string{event.data},
                                                 std::string{event.last_event_id}});
                 },
                 [this](std::string_view comment) { comments.emplace_back(comment); }} {}

    Recorder& feed(std::string_view bytes) {
        failed = parser.feed(bytes).has_error() || failed;
        return *this;
    }

    std::vector<OwnedEvent> events;
    std::vector<std::string> comments;
    bool failed = false;
    sse::Parser parser;
};

std::vector<OwnedEvent> events_of(std::string_view stream) {
    return Recorder{}.feed(stream).events;
}

std::vector<std::string> data_of(std::string_view stream) {
    std::vector<std::string> data;
    for (const OwnedEvent& event : events_of(stream)) {
        data.push_back(event.data);
    }
    return data;
}

void check_equal(const Recorder& got, const tests::StreamContents& wanted) {
    const bool same_events = got.events == wanted.events;
    const bool same_comments = got.comments == wanted.comments;
    REQUIRE(same_events);
    REQUIRE(same_comments);
    REQUIRE_FALSE(got.failed);
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("every fixture read whole gives what the standard's own words give", "[sse]") {
    REQUIRE(tests::stream_fixtures().size() >= 30);
    for (const std::string& name : tests::stream_fixtures()) {
        INFO(name);
        const std::string stream = tests::fixture(name);
        Recorder recorder;
        check_equal(recorder.feed(stream), tests::read_stream_slowly(stream));
    }
}

TEST_CASE("every fixture read byte by byte gives the same", "[sse]") {
    for (const std::string& name : tests::stream_fixtures()) {
        INFO(name);
        const std::string stream = tests::fixture(name);
        Recorder recorder;
        for (const char& byte : stream) {
            recorder.feed(std::string_view{&byte, 1});
        }
        check_equal(recorder, tests::read_stream_slowly(stream));
    }
}

TEST_CASE("every fixture cut in two anywhere gives the same", "[sse]") {
    // The long recordings repeat themselves: several of their events are enough.
    constexpr std::size_t kBytesMax = 3000;
    for (const std::string& name : tests::stream_fixtures()) {
        INFO(name);
        const std::string stream = tests::fixture(name).substr(0, kBytesMax);
        const tests::StreamContents wanted = tests::read_stream_slowly(stream);
        for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
            INFO(cut);
            Recorder recorder;
            recorder.feed(std::string_view{stream}.substr(0, cut));
            recorder.feed(std::string_view{stream}.substr(cut));
            check_equal(recorder, wanted);
        }
    }
}

TEST_CASE("short fixtures cut in three anywhere give the same", "[sse]") {
    for (const std::string& name : tests::stream_fixtures()) {
        INFO(name);
        const std::string stream = tests::fixture(name);
        if (stream.size() > 80) {
            continue;
        }
        const tests::StreamContents wanted = tests::read_stream_slowly(stream);
        for (std::size_t first = 0; first <= stream.size(); ++first) {
            for (std::size_t second = first; second <= stream.size(); ++second) {
                Recorder recorder;
                recorder.feed(std::string_view{stream}.substr(0, first));
                recorder.feed(std::string_view{stream}.substr(first, second - first));
                recorder.feed(std::string_view{stream}.substr(second));
                check_equal(recorder, wanted);
            }
        }
    }
}

TEST_CASE("random streams in random pieces give what the standard's own words give", "[sse]") {
    constexpr std::array<std::string_view, 16> kPieces{
        "\r",    "\n",      "\r\n",    "data",         ":",    " ", "data:", "event: x",
        "id: 1", "id:\0"sv, "retry:5", "\xEF\xBB\xBF", "\xEF", "x", "event", "data: y\n"};
    std::mt19937 random{20261121};
    for (int round = 0; round < 3000; ++round) {
        std::string stream;
        const auto pieces = random() % 24;
        for (unsigned i = 0; i < pieces; ++i) {
            stream += kPieces[random() % kPieces.size()];
        }
        INFO("round " << round);
        Recorder recorder;
        std::string_view rest = stream;
        while (!rest.empty()) {
            const std::string_view chunk = rest.substr(0, random() % 5);
            recorder.feed(chunk);
            rest.remove_prefix(chunk.size());
        }
        check_equal(recorder, tests::read_stream_slowly(stream));
    }
}

TEST_CASE("the recorded node sends fifty heads on its head topic", "[sse]") {
    const auto events = events_of(tests::fixture("lodestar-1.5.1/head-only.sse"));
    REQUIRE(events.size() == 50);
    CHECK(std::all_of(events.begin(), events.end(),
                      [](const OwnedEvent& event) { return event.type == "head"; }));
    CHECK(events.front().data.starts_with(R"({"slot":"15",)"));
    CHECK(events.front().last_event_id.empty());
}

TEST_CASE("a comment between the lines of an event does not end it", "[sse]") {
    Recorder recorder;
    recorder.feed("event: head\n: \ndata: 1\n:ready\ndata: 2\n\n");
    REQUIRE(recorder.events.size() == 1);
    CHECK((recorder.events[0] == OwnedEvent{"head", "1\n2", ""}));
    CHECK((recorder.comments == Strings{" ", "ready"}));
}

TEST_CASE("a byte order mark is skipped at the very start and nowhere else", "[sse]") {
    CHECK((data_of("\xEF\xBB\xBF"
                   "data: 1\n\n\xEF\xBB\xBF"
                   "data: 2\n\ndata: \xEF\xBB\xBF"
                   "3\n\n") == Strings{"1",
                                       "\xEF\xBB\xBF"
                                       "3"}));
    CHECK((data_of("\n\xEF\xBB\xBF"
                   "data: 1\n\n")
               .empty()));
}

TEST_CASE("a stream that begins with a piece of a byte order mark begins with these bytes",
          "[sse]") {
    CHECK((data_of("\xEF\xBB"
                   "data: 1\n\ndata: 2\n\n") == Strings{"2"}));
    CHECK((data_of("\xEF\ndata: 2\n\n") == Strings{"2"}));
}

TEST_CASE("LF, CR and CRLF each end one line, in any mixture", "[sse]") {
    CHECK((data_of("data: a\rdata: b\n\n") == Strings{"a\nb"}));
    CHECK((data_of("data: a\r\ndata: b\r\n\r\n") == Strings{"a\nb"}));
    CHECK((data_of("data: a\n\rdata: b\r\r") == Strings{"a", "b"}));
    CHECK((data_of("data: a\r\r\ndata: b\n\n") == Strings{"a", "b"}));
}

TEST_CASE("extra blank lines and blocks without data dispatch nothing", "[sse]") {
    CHECK(events_of("\n\n\r\n\r\revent: head\n\nid: 1\n\n: x\n\nretry: 1\n\n").empty());
    CHECK((events_of("event: gone\n\ndata: x\n\n") == std::vector{OwnedEvent{"message", "x", ""}}));
}

TEST_CASE("a data field that is empty dispatches an event with empty data", "[sse]") {
    CHECK((data_of("data\n\ndata:\n\ndata: \n\ndata\ndata\n\n") == Strings{"", "", "", "\n"}));
}

TEST_CASE("one space behind the colon is dropped and no more", "[sse]") {
    CHECK((data_of("data:a\n\ndata: a\n\ndata:  a\n\ndata:\ta\n\n") ==
           Strings{"a", "a", " a", "\ta"}));
}

TEST_CASE("field names are exact", "[sse]") {
    CHECK(events_of("Data: a\n\n data: a\n\ndata : a\n\ndat: a\n\ndataa: a\n\n").empty());
}

TEST_CASE("an event type that is empty or absent reads message", "[sse]") {
    CHECK((events_of("event:\ndata: a\n\nevent\ndata: b\n\nevent: x\nevent\ndata: c\n\n") ==
           std::vector{OwnedEvent{"message", "a", ""}, OwnedEvent{"message", "b", ""},
                       OwnedEvent{"message", "c", ""}}));
}

TEST_CASE("an id stays in force until another one or an empty one, and one with NUL is ignored",
          "[sse]") {
    CHECK((events_of("id: 1\ndata: a\n\ndata: b\n\nid: x\0y\ndata: c\n\nid\ndata: d\n\n"sv) ==
           std::vector{OwnedEvent{"message", "a", "1"}, OwnedEvent{"message", "b", "1"},
                       OwnedEvent{"message", "c", "1"}, OwnedEvent{"message", "d", ""}}));
    CHECK((events_of("id: 2\n\ndata: a\n\n") == std::vector{OwnedEvent{"message", "a", "2"}}));
}

TEST_CASE("an unfinished event is not dispatched", "[sse]") {
    CHECK(events_of("event: head\ndata: 1\n").empty());
    CHECK(events_of("event: head\ndata: 1").empty());
    CHECK((data_of("data: 1\r\n\r") == Strings{"1"}));
}

TEST_CASE("an event at the limit passes and one byte more fails, wherever it is cut", "[sse]") {
    // Held when the last line is read: type 1, data with its line end 5, id 2, line 7.
    const std::string event = "id: 42\nevent: x\ndata: 1234\ndata: 5\n\n";
    const std::size_t limit = 1 + 5 + 2 + 7;
    for (std::size_t cut = 0; cut <= event.size(); ++cut) {
        INFO(cut);
        Recorder fits{limit};
        fits.feed(event.substr(0, cut)).feed(event.substr(cut));
        CHECK_FALSE(fits.failed);
        CHECK(fits.events.size() == 1);
        Recorder too_long{limit - 1};
        too_long.feed(event.substr(0, cut)).feed(event.substr(cut));
        CHECK(too_long.failed);
        CHECK(too_long.events.empty());
    }
}

TEST_CASE("the limit holds for a line without end, for comments and for many lines alike",
          "[sse]") {
    for (const std::string& endless : {"data: x"s, "x"s, ":"s, "data: x\n"s, "data\n"s}) {
        INFO(endless);
        Recorder recorder{1000};
        std::size_t fed = 0;
        while (!recorder.failed && fed < 100'000) {
            recorder.feed(endless);
            fed += endless.size();
            if (endless.ends_with('x')) {
                recorder.feed("xxxxxxx");
                fed += 7;
            }
        }
        CHECK(recorder.failed);
    }
}

TEST_CASE("the limit is for one event, not for the stream", "[sse]") {
    Recorder recorder{20};
    for (int i = 0; i < 1000; ++i) {
        recorder.feed("data: 0123456789\n\n: comment\n\n");
    }
    CHECK_FALSE(recorder.failed);
    CHECK(recorder.events.size() == 1000);
}

TEST_CASE("a parser that failed keeps failing and says why", "[sse]") {
    Recorder recorder{8};
    recorder.feed("data: 1\n\n");
    const auto failure = recorder.parser.feed("data: 234\n\n");
    REQUIRE(failure.has_error());
    CHECK(
        (failure.error() == base::Error{base::ErrorCode::kTooLong, "event of more than 8 bytes"}));
    CHECK(recorder.parser.feed("\n\ndata: 5\n\n").has_error());
    CHECK(recorder.parser.feed("").has_error());
    CHECK(recorder.events.size() == 1);
}

TEST_CASE("a limit of zero and the greatest limit do not wrap around", "[sse]") {
    CHECK(Recorder{0}.feed("d").failed);
    CHECK_FALSE(Recorder{0}.feed("\n\r\n").failed);
    CHECK_FALSE(Recorder{std::numeric_limits<std::size_t>::max()}.feed("data: 1\n\n").failed);
}

TEST_CASE("a chunk full of CR takes time in proportion to its size", "[sse]") {
    // Looking for the next LF at each of these lines anew would take minutes.
    std::string stream(std::size_t{4} * 1024 * 1024, '\r');
    stream += "data: x\n\n";
    CHECK((data_of(stream) == Strings{"x"}));
}

TEST_CASE("a warm parser allocates nothing, whatever the cuts", "[sse]") {
    const std::string stream = tests::fixture("lodestar-1.5.1/multi-repeat.sse") +
                               "id: a long id that fits into no small string buffer\n\n";
    std::size_t events = 0;
    sse::Parser parser{kNoLimit, [&events](const sse::Event&) { ++events; },
                       [](std::string_view) {}};
    const auto feed_all = [&](std::size_t chunk_bytes) {
        for (std::size_t i = 0; i < stream.size(); i += chunk_bytes) {
            if (!parser.feed(std::string_view{stream}.substr(i, chunk_bytes))) {
                std::abort();
            }
        }
    };
    feed_all(1);
    const std::size_t warm = tests::allocations();
    for (const std::size_t chunk_bytes : {1U, 7U, 100U, 1460U, 1'000'000U}) {
        feed_all(chunk_bytes);
    }
    CHECK(tests::allocations() == warm);
    CHECK(events == 6 * 155);
    // The counter counts.
    CHECK(std::make_unique<int>(1) != nullptr);
    CHECK(tests::allocations() > warm);
}
