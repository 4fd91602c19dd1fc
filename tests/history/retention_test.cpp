#include "history/retention.hpp"

#include "history/file.hpp"
#include "history/session.hpp"
#include "history/writer.hpp"
#include "tests/history/gated_database.hpp"
#include "tests/history/history_fixture.hpp"

using namespace tests;

namespace retention_test {

/// A file with an hour of heads a day, for some days.
class SetUp {
  public:
    SetUp() : recording{folder.file()} {
        recording.write({update(updates::RunStarted{{updates::NodeId{"alpha"}}}, 0s),
                         update(updates::StreamOpened{updates::NodeId{"alpha"}}, 0s)},
                        0s);
        std::uint64_t slot = 0;
        for (int day = 0; day < 10; ++day) {
            std::vector<updates::Message> messages;
            for (int i = 0; i < 300; ++i) {
                auto one = head("alpha", ++slot, 0);
                one.head.block.bytes[0] = static_cast<std::uint8_t>(slot);
                one.head.block.bytes[1] = static_cast<std::uint8_t>(slot >> 8U);
                messages.push_back(update(one, 24h * day + 12s * i));
            }
            recording.write(std::move(messages), 24h * day + 1h);
        }
    }

    /// Steps until all is done; how many.
    int run(history::RetentionLimits limits, base::Duration now) {
        history::Session session{
            path_, [this]() -> history::Connection& { return *recording.connection; }, nullptr};
        for (int steps = 1;; ++steps) {
            history::RetentionJob job{limits, wall(now)};
            const auto begin = std::chrono::steady_clock::now();
            job.run(session);
            longest = std::max<base::Duration>(longest, std::chrono::steady_clock::now() - begin);
            if (job.is_done()) {
                return steps;
            }
            REQUIRE(steps < 10'000);
        }
    }
    [[nodiscard]] std::int64_t bytes() const {
        auto& database = recording.connection->database();
        return (database.execAndGet("PRAGMA page_count").getInt64() -
                database.execAndGet("PRAGMA freelist_count").getInt64()) *
               4096;
    }

    TemporaryFolder folder;
    Recording recording;
    base::Duration longest{};

  private:
    std::string path_ = folder.file();
};

constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 40U;

}  // namespace retention_test

using retention_test::kNoLimit;
using retention_test::SetUp;

TEST_CASE("what is older than its age goes, and nothing else", "[history]") {
    SetUp steps;
    REQUIRE(steps.recording.count("heads") == 3000);
    (void)steps.run({std::chrono::hours{24 * 30}, kNoLimit}, 240h);
    CHECK(steps.recording.count("heads") == 3000);
    // Of ten days the last four begin behind this moment.
    (void)steps.run({std::chrono::hours{24 * 4}, kNoLimit}, 24h * 10);
    CHECK(steps.recording.count("heads") == 4 * 300);
    CHECK(steps.recording.count("blocks") == 4 * 300);
    // What began long ago and is still on is kept.
    CHECK(steps.recording.count("runs") == 1);
    CHECK(steps.recording.count("streams") == 1);
    CHECK(
        steps.recording.rows("SELECT " + since_begin("value") + " FROM meta WHERE key = 'begun'") ==
        std::vector<std::string>{std::to_string(6 * 86400) + ".0"});
}

TEST_CASE("of what is too much the oldest goes, and its room goes back", "[history]") {
    SetUp steps;
    const std::int64_t before = steps.bytes();
    const auto limit = static_cast<std::uint64_t>(before / 2);
    (void)steps.run({std::chrono::hours{24 * 365}, limit}, 24h * 10);
    CHECK(steps.bytes() <= static_cast<std::int64_t>(limit));
    const auto left = steps.recording.count("heads");
    CHECK(left > 300);
    CHECK(left < 2000);
    CHECK(steps.recording.rows("SELECT count(*) FROM heads WHERE at < 1767225600000000 + "
                               "86400000000 * 5") == std::vector<std::string>{"0"});
    auto& database = steps.recording.connection->database();
    CHECK(database.execAndGet("PRAGMA freelist_count").getInt64() * 4 <=
          database.execAndGet("PRAGMA page_count").getInt64());
}

TEST_CASE("retention that is interrupted stops, and goes on with the next step", "[history]") {
    SetUp steps;
    const std::string path = steps.folder.file();
    history::Session session{
        path, [&]() -> history::Connection& { return *steps.recording.connection; }, nullptr};
    history::RetentionJob job{{std::chrono::hours{1}, kNoLimit}, wall(24h * 365)};
    job.interrupt();
    job.run(session);
    CHECK_FALSE(job.is_done());
    CHECK(steps.recording.count("heads") == 3000);
    CHECK(steps.run({std::chrono::hours{1}, kNoLimit}, 24h * 365) >= 1);
    CHECK(steps.recording.count("heads") == 0);
}

TEST_CASE("retention takes step after step with pauses in which reads go on", "[history]") {
    ReaderSetUp steps;
    history::RetentionCounts counts;
    std::vector<ErrorCode> failures;
    history::Retention retention{
        steps.clock,   steps.database,
        steps.permits, {},
        counts,        [&](const history::Error& error) { failures.push_back(error.code); }};
    Spawned<void> running{steps.loop, retention.run()};
    steps.clock.advance(history::Retention::kFirst - 1ms);
    CHECK(steps.database.busy(Lane::kWrite) == 0);
    steps.clock.advance(1ms);
    REQUIRE(steps.database.busy(Lane::kWrite) == 1);
    CHECK(steps.permits.free() == 0);
    // A job that has not run is not done: there is another step.
    steps.finish(Lane::kWrite);
    CHECK(counts.steps == 1);
    CHECK(steps.permits.free() == 4);
    auto read = steps.read();
    steps.clock.advance(history::Retention::kPause);
    // It waits for the read.
    CHECK(steps.database.busy(Lane::kWrite) == 0);
    steps.finish(Lane::kRead);
    CHECK(steps.database.busy(Lane::kWrite) == 1);
    steps.database.finish(Lane::kWrite, history::Error{ErrorCode::kDamaged, "page 7"});
    steps.settle();
    // Who writes goes on, and it tries again.
    CHECK_FALSE(running.is_over());
    CHECK(failures == std::vector<ErrorCode>{ErrorCode::kDamaged});
    CHECK(counts.failures == 1);
    steps.clock.advance(history::Retention::kInterval);
    CHECK(steps.database.busy(Lane::kWrite) == 1);
    running.cancel();
    steps.settle();
    CHECK(running.is_over());
}

TEST_CASE("retention goes on while no reader runs, and ends when headmon stops", "[history]") {
    ReaderSetUp steps;
    history::RetentionCounts counts;
    history::Retention retention{steps.clock, steps.database, steps.permits,
                                 {},          counts,         [](const history::Error&) {}};
    Spawned<void> running{steps.loop, retention.run()};
    steps.running.cancel();
    steps.clock.advance(history::Retention::kFirst);
    const auto jobs = steps.database.jobs(Lane::kWrite);
    REQUIRE(jobs.size() == 1);
    running.cancel();
    steps.settle();
    CHECK(running.is_over());
    CHECK(jobs.front()->is_interrupted());
}
