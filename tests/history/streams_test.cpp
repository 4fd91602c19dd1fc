#include "tests/history/gated_database.hpp"

using namespace tests;

namespace streams_test {

/// Opens a stream and lets its set-up end.
ReaderSetUp::OpenStream opened(ReaderSetUp& steps) {
    auto opening = steps.open_stream();
    steps.finish(Lane::kStream);
    REQUIRE(opening.is_good());
    return opening;
}

ReaderSetUp::Piece ask(ReaderSetUp& steps, ReaderSetUp::OpenStream& stream) {
    ReaderSetUp::Piece piece{steps.loop, stream.value()->value().next()};
    steps.settle();
    return piece;
}

}  // namespace streams_test

using namespace streams_test;

TEST_CASE("eight streams and a ninth that waits hold up nothing", "[history]") {
    ReaderSetUp steps;
    std::vector<ReaderSetUp::OpenStream> streams;
    std::vector<ReaderSetUp::Piece> pieces;
    for (int i = 0; i < 8; ++i) {
        streams.push_back(opened(steps));
    }
    for (auto& stream : streams) {
        // The first piece came with the set-up; the thread hangs over the second one.
        REQUIRE(ask(steps, stream).is_good());
        pieces.push_back(ask(steps, stream));
    }
    REQUIRE(steps.database.busy(Lane::kStream) == 8);
    auto ninth = steps.open_stream();
    CHECK(steps.database.busy(Lane::kStream) == 8);
    CHECK_FALSE(ninth.is_over());
    auto read = steps.read();
    steps.finish(Lane::kRead);
    CHECK(read.is_good());
    auto maintenance = steps.maintenance();
    REQUIRE(steps.database.busy(Lane::kWrite) == 1);
    steps.finish(Lane::kWrite);
    CHECK(maintenance.is_good());
    // The ninth gets the place of the first one that is over.
    streams.front().value().reset();
    steps.finish(Lane::kStream);
    CHECK(steps.database.busy(Lane::kStream) == 8);
    CHECK(steps.reader.streams() == 8);
    while (!ninth.is_over() && steps.database.busy(Lane::kStream) > 0) {
        steps.finish(Lane::kStream);
    }
    CHECK(ninth.is_good());
}

TEST_CASE("the set-up of a stream that hangs ends in 5 s, and holds no permit of the reads",
          "[history]") {
    ReaderSetUp steps;
    const auto job = std::make_shared<FakeStream>();
    auto opening = steps.open_stream(job);
    CHECK(steps.permits.free() == 4);
    steps.clock.advance(5s - 1ms);
    CHECK_FALSE(opening.is_over());
    steps.clock.advance(1ms);
    CHECK(opening.failure() == ErrorCode::kTimeout);
    CHECK(job->is_interrupted());
    CHECK(steps.timeouts == std::vector<std::string>{"export"});
    CHECK(steps.reader.streams() == 1);
    steps.finish(Lane::kStream);
    CHECK(steps.reader.streams() == 0);
    CHECK(steps.database.released() == 1);
}

TEST_CASE("a stream ends after 60 s, whether its reader or its thread is the slow one",
          "[history]") {
    ReaderSetUp steps;
    auto idle = opened(steps);
    auto hanging = opened(steps);
    REQUIRE(ask(steps, hanging).is_good());
    auto piece = ask(steps, hanging);
    steps.clock.advance(60s - 1ms);
    CHECK(steps.reader.streams() == 2);
    CHECK_FALSE(piece.is_over());
    steps.clock.advance(1ms);
    CHECK(piece.failure() == ErrorCode::kTimeout);
    CHECK(steps.reader.streams() == 1);
    CHECK(steps.database.released() == 1);
    // What was made before may still be read.
    CHECK(ask(steps, idle).is_good());
    CHECK(ask(steps, idle).failure() == ErrorCode::kTimeout);
    steps.finish(Lane::kStream);
    CHECK(steps.reader.streams() == 0);
    CHECK(steps.database.released() == 2);
}

TEST_CASE("a stop does not wait for any stream", "[history]") {
    ReaderSetUp steps;
    auto hanging = opened(steps);
    auto idle = opened(steps);
    REQUIRE(ask(steps, hanging).is_good());
    auto piece = ask(steps, hanging);
    auto set_up = steps.open_stream();
    steps.running.cancel();
    steps.settle();
    CHECK(steps.running.is_over());
    CHECK(piece.failure() == ErrorCode::kClosed);
    CHECK(set_up.failure() == ErrorCode::kClosed);
    REQUIRE(ask(steps, idle).is_good());
    CHECK(ask(steps, idle).failure() == ErrorCode::kClosed);
    CHECK(steps.database.released() == 3);
}
