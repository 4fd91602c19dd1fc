#include "http/inbox.hpp"

#include <catch2/catch.hpp>

#include "http/call.hpp"
#include "tests/http/recorder.hpp"
#include "tests/support/manual_clock.hpp"

namespace {

using Kind = http::Inbox::Kind;

struct Bench {
    std::shared_ptr<http::Call> call() {
        const http::Call::Context context{inbox, clock, 1000};
        return std::make_shared<http::Call>(http::Request{}, http::Call::Kind::kStream, context,
                                            listener);
    }
    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    tests::Recorder listener;
    http::Inbox inbox;
};

}  // namespace

TEST_CASE("bytes of two calls that one read of curl brings stay apart", "[http]") {
    Bench bench;
    const auto one = bench.call();
    const auto two = bench.call();
    bench.inbox.add_bytes(one, "ab", bench.clock);
    bench.inbox.add_bytes(two, "cd", bench.clock);
    bench.inbox.add_bytes(one, "ef", bench.clock);
    const auto& notes = bench.inbox.take();
    REQUIRE(notes.size() == 3);
    CHECK((notes[0].call == one && bench.inbox.bytes(notes[0]) == "ab"));
    CHECK((notes[1].call == two && bench.inbox.bytes(notes[1]) == "cd"));
    CHECK((notes[2].call == one && bench.inbox.bytes(notes[2]) == "ef"));
}

TEST_CASE("bytes of one call that follow each other are one note with the first instant",
          "[http]") {
    Bench bench;
    const auto call = bench.call();
    const base::Instant first = bench.clock.instant();
    bench.inbox.add_bytes(call, "ab", bench.clock);
    bench.clock.advance(std::chrono::milliseconds{5});
    bench.inbox.add_bytes(call, "cd", bench.clock);
    bench.inbox.add(call, Kind::kEnd);
    const auto& notes = bench.inbox.take();
    REQUIRE(notes.size() == 2);
    CHECK(bench.inbox.bytes(notes[0]) == "abcd");
    CHECK((notes[0].arrived == first));
    CHECK((notes[1].kind == Kind::kEnd));
}

TEST_CASE("what is noted while notes are dealt with is for the next round", "[http]") {
    Bench bench;
    const auto call = bench.call();
    bench.inbox.add_bytes(call, "ab", bench.clock);
    const auto& notes = bench.inbox.take();
    bench.inbox.add(call, Kind::kEnd);
    REQUIRE(notes.size() == 1);
    CHECK(bench.inbox.bytes(notes[0]) == "ab");
    bench.inbox.clear_taken();
    const auto& later = bench.inbox.take();
    REQUIRE(later.size() == 1);
    CHECK((later[0].kind == Kind::kEnd));
}
