#include "history/writer.hpp"

#include "history/record_job.hpp"
#include "tests/history/gated_database.hpp"

using namespace tests;

namespace writer_test {

class SetUp {
  public:
    SetUp() { start(); }
    SetUp(const SetUp&) = delete;
    SetUp& operator=(const SetUp&) = delete;
    ~SetUp() {
        writing->cancel();
        clock.advance(10s);
    }

    void start() {
        writer.emplace(
            clock, database, *queue, backlog, counts, [this] { ++recoveries; },
            [this] { ++written; });
        writing.emplace(loop, writer->run());
        clock.advance(0s);
    }
    void publish(updates::Fact fact = updates::CycleFailed{}) {
        broadcast.publish(updates::Update{std::move(fact), clock.instant()});
        clock.advance(0s);
    }
    /// The batch that is being written; null: none.
    [[nodiscard]] const history::Batch* batch() const {
        const auto jobs = database.jobs(Lane::kWrite);
        REQUIRE(jobs.size() <= 1);
        return jobs.empty() ? nullptr
                            : &dynamic_cast<const history::RecordJob&>(*jobs.front()).batch();
    }
    void finish(history::Result<void> answer = {}) {
        database.finish(Lane::kWrite, std::move(answer));
        clock.advance(0s);
    }
    /// The first batch: the snapshot with which every subscription begins.
    void begin() {
        REQUIRE(batch() != nullptr);
        finish();
    }

    boost::asio::io_context loop;
    ManualClock clock{loop};
    GatedDatabase database{loop};
    updates::Broadcast broadcast{loop.get_executor()};
    std::unique_ptr<updates::Broadcast::Queue> queue = broadcast.subscribe(8);
    history::Backlog backlog{{.messages = 4}, clock.now()};
    history::WriterCounts counts;
    int recoveries = 0;
    int written = 0;
    std::optional<history::Writer> writer;
    std::optional<Spawned<void>> writing;
};

std::string text_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& exception) {
        return exception.what();
    }
}

}  // namespace writer_test

using WriterSteps = writer_test::SetUp;

TEST_CASE("updates are written together a quarter of a second after the first", "[history]") {
    WriterSteps steps;
    steps.begin();
    steps.publish();
    steps.clock.advance(200ms);
    steps.publish();
    CHECK(steps.batch() == nullptr);
    steps.clock.advance(49ms);
    CHECK(steps.batch() == nullptr);
    steps.clock.advance(1ms);
    REQUIRE(steps.batch() != nullptr);
    CHECK(steps.batch()->messages.size() == 2);
    CHECK((steps.batch()->at == steps.clock.wall_now()));
}

TEST_CASE("a burst is written in batches of bounded size, without a wait", "[history]") {
    WriterSteps steps;
    steps.begin();
    for (int i = 0; i < 6; ++i) {
        steps.broadcast.publish(updates::Update{updates::CycleFailed{}, steps.clock.instant()});
    }
    steps.clock.advance(0s);
    REQUIRE(steps.batch() != nullptr);
    CHECK(steps.batch()->messages.size() == 4);
    steps.finish();
    steps.clock.advance(250ms);
    REQUIRE(steps.batch() != nullptr);
    CHECK(steps.batch()->messages.size() == 2);
}

TEST_CASE("each batch that is written is told, and none that is not", "[history]") {
    WriterSteps steps;
    CHECK(steps.written == 0);
    steps.begin();
    CHECK(steps.written == 1);
    steps.publish();
    steps.clock.advance(250ms);
    steps.finish(history::Error{ErrorCode::kDiskFull, "the disk is full; make room"});
    CHECK(steps.written == 1);
    steps.start();
    steps.finish();
    CHECK(steps.written == 2);
}

TEST_CASE("headmon writes that it watches, though there is nothing to write", "[history]") {
    WriterSteps steps;
    steps.begin();
    steps.clock.advance(10s);
    REQUIRE(steps.batch() != nullptr);
    CHECK(steps.batch()->messages.empty());
}

TEST_CASE("a batch that cannot be written ends the writer, and the next one writes it again",
          "[history]") {
    WriterSteps steps;
    steps.begin();
    steps.publish();
    steps.clock.advance(250ms);
    REQUIRE(steps.batch() != nullptr);
    const auto number = steps.batch()->number;
    steps.finish(history::Error{ErrorCode::kDiskFull, "the disk is full; make room"});
    REQUIRE(steps.writing->is_over());
    CHECK(writer_test::text_of(steps.writing->error()) == "disk_full: the disk is full; make room");
    CHECK(steps.counts.failures == 1);
    steps.clock.advance(1s);
    steps.start();
    REQUIRE(steps.batch() != nullptr);
    CHECK(steps.batch()->number == number);
    CHECK(steps.batch()->messages.size() == 1);
    CHECK(steps.recoveries == 0);
    steps.finish();
    CHECK(steps.recoveries == 1);
    steps.clock.advance(10s);
    steps.finish();
    CHECK(steps.recoveries == 1);
}

TEST_CASE("a write that hangs costs updates, and the place where they are missing is written",
          "[history]") {
    WriterSteps steps;
    steps.begin();
    steps.publish();
    steps.clock.advance(250ms);
    REQUIRE(steps.batch() != nullptr);
    // The queue holds eight.
    for (int i = 0; i < 20; ++i) {
        steps.publish();
    }
    steps.finish();
    steps.clock.advance(250ms);
    REQUIRE(steps.batch() != nullptr);
    const auto* lagged = std::get_if<updates::Lagged>(&steps.batch()->messages.front());
    REQUIRE(lagged != nullptr);
    CHECK(lagged->count == 12);
    CHECK(std::holds_alternative<updates::Snapshot>(steps.batch()->messages.at(1)));
}

TEST_CASE("a writer that is stopped writes what came, the end of the run included", "[history]") {
    WriterSteps steps;
    steps.begin();
    steps.publish(updates::RunStarted{});
    steps.clock.advance(250ms);
    steps.finish();
    steps.publish();
    steps.writing->cancel();
    steps.clock.advance(0s);
    CHECK(steps.batch() == nullptr);
    steps.publish(updates::RunEnded{});
    steps.clock.advance(250ms);
    REQUIRE(steps.batch() != nullptr);
    CHECK(steps.batch()->messages.size() == 2);
    while (!steps.writing->is_over() && !steps.batch()->is_last) {
        steps.finish();
        REQUIRE((steps.batch() != nullptr || steps.writing->is_over()));
    }
    REQUIRE_FALSE(steps.writing->is_over());
    steps.finish();
    CHECK(steps.writing->is_over());
}

TEST_CASE("a writer that is stopped does not wait for a disk that hangs", "[history]") {
    WriterSteps steps;
    steps.publish();
    REQUIRE(steps.batch() != nullptr);
    steps.writing->cancel();
    steps.clock.advance(history::Writer::kLastWords - 1ms);
    CHECK_FALSE(steps.writing->is_over());
    steps.clock.advance(1ms);
    CHECK(steps.writing->is_over());
}
