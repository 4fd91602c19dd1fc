#include <algorithm>

#include "history/batch.hpp"
#include "history/writer.hpp"
#include "tests/history/gated_database.hpp"

using namespace tests;

TEST_CASE("reads above the number of permits make progress, and never more run than there are",
          "[history]") {
    ReaderSetUp steps;
    auto reads = steps.reads(11);
    for (std::size_t done = 0; done < reads.size(); ++done) {
        CHECK(steps.database.busy(Lane::kRead) == std::min<std::size_t>(4, reads.size() - done));
        const auto answered = std::count_if(reads.begin(), reads.end(),
                                            [](const auto& read) { return read.is_good(); });
        CHECK(answered == static_cast<std::ptrdiff_t>(done));
        steps.finish(Lane::kRead);
    }
    CHECK(reads.back().is_good());
    CHECK(steps.permits.free() == 4);
}

TEST_CASE("a write behind reads that take all permits makes progress", "[history]") {
    ReaderSetUp steps;
    auto reads = steps.reads(6);
    updates::Broadcast broadcast{steps.loop.get_executor()};
    const auto queue = broadcast.subscribe(16);
    history::Backlog backlog{{}, steps.clock.now()};
    history::WriterCounts counts;
    history::Writer writer{steps.clock, steps.database, *queue, backlog, counts, [] {}, [] {}};
    Spawned<void> writing{steps.loop, writer.run()};
    steps.settle();
    REQUIRE(steps.database.busy(Lane::kWrite) == 1);
    steps.finish(Lane::kWrite);
    CHECK(counts.batches == 1);
    CHECK(steps.database.busy(Lane::kRead) == 4);
    CHECK_FALSE(reads.front().is_over());
    // And reads go on while a write waits.
    broadcast.publish(updates::Update{updates::RunStarted{}, steps.clock.instant()});
    steps.clock.advance(250ms);
    REQUIRE(steps.database.busy(Lane::kWrite) == 1);
    steps.finish(Lane::kRead);
    CHECK(reads.front().is_good());
    CHECK(steps.database.busy(Lane::kWrite) == 1);
    steps.finish(Lane::kWrite);
    writing.cancel();
    steps.settle();
    for (int i = 0; i < 3 && steps.database.busy(Lane::kWrite) > 0; ++i) {
        steps.finish(Lane::kWrite);
    }
    steps.clock.advance(5s);
    CHECK(writing.is_over());
}

TEST_CASE("a read that takes too long is a timeout, and its permit is back when its thread is",
          "[history]") {
    ReaderSetUp steps;
    const auto job = std::make_shared<FakeJob>("summary");
    auto late = steps.read(job);
    auto reads = steps.reads(3);
    auto waiting = steps.read(std::make_shared<FakeJob>("heads"));
    steps.clock.advance(5s - 1ms);
    CHECK_FALSE(late.is_over());
    CHECK_FALSE(job->is_interrupted());
    steps.clock.advance(1ms);
    CHECK(late.failure() == ErrorCode::kTimeout);
    CHECK(job->is_interrupted());
    // The wait for a permit counts: this one never got any.
    CHECK(waiting.failure() == ErrorCode::kTimeout);
    CHECK(steps.timeouts ==
          std::vector<std::string>{"summary", "slots", "slots", "slots", "heads"});
    CHECK(steps.reader.timeouts() == 5);
    // The threads still hang: nothing more is given to them.
    CHECK(steps.permits.free() == 0);
    auto next = steps.read();
    CHECK(steps.database.busy(Lane::kRead) == 4);
    steps.finish(Lane::kRead);
    CHECK(steps.database.jobs(Lane::kRead).size() == 4);
    steps.finish(Lane::kRead);
    steps.finish(Lane::kRead);
    steps.finish(Lane::kRead);
    CHECK(steps.permits.free() == 3);
    steps.finish(Lane::kRead);
    CHECK(next.is_good());
    CHECK(steps.permits.free() == 4);
}

TEST_CASE("a read whose caller goes away is interrupted, and its permit is back with its thread",
          "[history]") {
    ReaderSetUp steps;
    const auto job = std::make_shared<FakeJob>();
    auto read = steps.read(job);
    read.cancel();
    steps.settle();
    CHECK(read.is_cancelled());
    CHECK(job->is_interrupted());
    CHECK(steps.permits.free() == 3);
    steps.finish(Lane::kRead);
    CHECK(steps.permits.free() == 4);
    CHECK(steps.timeouts.empty());
}

TEST_CASE("a stop while readers wait gives them an error at once, though every thread hangs",
          "[history]") {
    ReaderSetUp steps;
    auto reads = steps.reads(7);
    const auto jobs = steps.database.jobs(Lane::kRead);
    steps.running.cancel();
    steps.settle();
    CHECK(steps.running.is_over());
    for (const auto& read : reads) {
        CHECK(read.failure() == ErrorCode::kClosed);
    }
    for (const auto& job : jobs) {
        CHECK(job->is_interrupted());
    }
    // Permits that came back were given to nobody who waited.
    CHECK(steps.database.busy(Lane::kRead) == 4);
    CHECK(steps.read().failure() == ErrorCode::kClosed);
    CHECK(steps.timeouts.empty());
}

TEST_CASE("what the database reports is what the caller gets", "[history]") {
    ReaderSetUp steps;
    auto read = steps.read();
    steps.database.finish(Lane::kRead, history::Error{ErrorCode::kDamaged, "page 7"});
    steps.settle();
    CHECK(read.failure() == ErrorCode::kDamaged);
    CHECK(steps.permits.free() == 4);
}
