#include "http/callback_queue.hpp"

#include <catch2/catch.hpp>

#include "http/transfer.hpp"
#include "tests/http/recorder.hpp"
#include "tests/support/manual_clock.hpp"

namespace callback_queue_test {

namespace {

using Kind = http::CallbackQueue::Kind;

struct Bench {
    std::shared_ptr<http::Transfer> transfer() {
        const http::Transfer::Context context{callbacks, clock, 1000};
        return std::make_shared<http::Transfer>(http::Request{}, http::Transfer::Kind::kStream,
                                                context, listener);
    }
    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    tests::Recorder listener;
    http::CallbackQueue callbacks{8};
};

}  // namespace

TEST_CASE("bytes of two transfers that one read of curl brings stay apart", "[http]") {
    Bench fixture;
    const auto one = fixture.transfer();
    const auto two = fixture.transfer();
    fixture.callbacks.add_bytes(one, "ab", fixture.clock);
    fixture.callbacks.add_bytes(two, "cd", fixture.clock);
    fixture.callbacks.add_bytes(one, "ef", fixture.clock);
    const auto& entries = fixture.callbacks.take();
    REQUIRE(entries.size() == 3);
    CHECK((entries[0].transfer == one && fixture.callbacks.bytes(entries[0]) == "ab"));
    CHECK((entries[1].transfer == two && fixture.callbacks.bytes(entries[1]) == "cd"));
    CHECK((entries[2].transfer == one && fixture.callbacks.bytes(entries[2]) == "ef"));
}

TEST_CASE("bytes of one transfer that follow each other are one entry with the first instant",
          "[http]") {
    Bench fixture;
    const auto transfer = fixture.transfer();
    const base::Instant first = fixture.clock.instant();
    fixture.callbacks.add_bytes(transfer, "ab", fixture.clock);
    fixture.clock.advance(std::chrono::milliseconds{5});
    fixture.callbacks.add_bytes(transfer, "cd", fixture.clock);
    fixture.callbacks.add(transfer, Kind::kEnd);
    const auto& entries = fixture.callbacks.take();
    REQUIRE(entries.size() == 2);
    CHECK(fixture.callbacks.bytes(entries[0]) == "abcd");
    CHECK((entries[0].arrived == first));
    CHECK((entries[1].kind == Kind::kEnd));
}

TEST_CASE("a queue with as many bytes as it may hold is full until they are delivered", "[http]") {
    Bench fixture;
    const auto transfer = fixture.transfer();
    fixture.callbacks.add_bytes(transfer, "1234567", fixture.clock);
    CHECK_FALSE(fixture.callbacks.is_full());
    fixture.callbacks.add_bytes(transfer, "8", fixture.clock);
    CHECK(fixture.callbacks.is_full());
    const base::Instant read = fixture.clock.instant();
    fixture.callbacks.add_paused(transfer, fixture.clock);
    (void)fixture.callbacks.take();
    fixture.callbacks.clear_taken();
    CHECK_FALSE(fixture.callbacks.is_full());
    REQUIRE(fixture.callbacks.paused() == 1);
    // What curl has kept was read before others were delivered.
    fixture.clock.advance(std::chrono::milliseconds{5});
    CHECK(fixture.callbacks.take_paused() == transfer);
    fixture.callbacks.add_bytes(transfer, "kept", fixture.clock);
    fixture.callbacks.resumed();
    CHECK(fixture.callbacks.paused() == 0);
    CHECK((fixture.callbacks.take()[0].arrived == read));
}

TEST_CASE("what is added while entries are delivered is for the next round", "[http]") {
    Bench fixture;
    const auto transfer = fixture.transfer();
    fixture.callbacks.add_bytes(transfer, "ab", fixture.clock);
    const auto& entries = fixture.callbacks.take();
    fixture.callbacks.add(transfer, Kind::kEnd);
    REQUIRE(entries.size() == 1);
    CHECK(fixture.callbacks.bytes(entries[0]) == "ab");
    fixture.callbacks.clear_taken();
    const auto& later = fixture.callbacks.take();
    REQUIRE(later.size() == 1);
    CHECK((later[0].kind == Kind::kEnd));
}

}  // namespace callback_queue_test
