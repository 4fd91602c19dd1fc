#include "http/callback_queue.hpp"

#include <catch2/catch.hpp>

#include "http/transfer.hpp"
#include "tests/http/recorder.hpp"
#include "tests/support/manual_clock.hpp"

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
    http::CallbackQueue callbacks;
};

}  // namespace

TEST_CASE("bytes of two transfers that one read of curl brings stay apart", "[http]") {
    Bench bench;
    const auto one = bench.transfer();
    const auto two = bench.transfer();
    bench.callbacks.add_bytes(one, "ab", bench.clock);
    bench.callbacks.add_bytes(two, "cd", bench.clock);
    bench.callbacks.add_bytes(one, "ef", bench.clock);
    const auto& entries = bench.callbacks.take();
    REQUIRE(entries.size() == 3);
    CHECK((entries[0].transfer == one && bench.callbacks.bytes(entries[0]) == "ab"));
    CHECK((entries[1].transfer == two && bench.callbacks.bytes(entries[1]) == "cd"));
    CHECK((entries[2].transfer == one && bench.callbacks.bytes(entries[2]) == "ef"));
}

TEST_CASE("bytes of one transfer that follow each other are one entry with the first instant",
          "[http]") {
    Bench bench;
    const auto transfer = bench.transfer();
    const base::Instant first = bench.clock.instant();
    bench.callbacks.add_bytes(transfer, "ab", bench.clock);
    bench.clock.advance(std::chrono::milliseconds{5});
    bench.callbacks.add_bytes(transfer, "cd", bench.clock);
    bench.callbacks.add(transfer, Kind::kEnd);
    const auto& entries = bench.callbacks.take();
    REQUIRE(entries.size() == 2);
    CHECK(bench.callbacks.bytes(entries[0]) == "abcd");
    CHECK((entries[0].arrived == first));
    CHECK((entries[1].kind == Kind::kEnd));
}

TEST_CASE("what is added while entries are delivered is for the next round", "[http]") {
    Bench bench;
    const auto transfer = bench.transfer();
    bench.callbacks.add_bytes(transfer, "ab", bench.clock);
    const auto& entries = bench.callbacks.take();
    bench.callbacks.add(transfer, Kind::kEnd);
    REQUIRE(entries.size() == 1);
    CHECK(bench.callbacks.bytes(entries[0]) == "ab");
    bench.callbacks.clear_taken();
    const auto& later = bench.callbacks.take();
    REQUIRE(later.size() == 1);
    CHECK((later[0].kind == Kind::kEnd));
}
