#include "history/suspension.hpp"

#include <optional>

#include "history/batch.hpp"
#include "history/summary.hpp"
#include "tests/history/history_fixture.hpp"
#include "tests/support/manual_clock.hpp"

using namespace tests;

namespace suspension_test {

using history::SuspensionDetector;
using history::Unwatched;

/// A clock that is looked at once a second for a minute before anything happens.
class Looks {
  public:
    Looks() {
        for (int i = 0; i < 60; ++i) {
            clock.skip(1s);
            CHECK_FALSE(look().has_value());
        }
        last = clock.wall_now();
    }
    [[nodiscard]] std::optional<Unwatched> look() {
        return detector.look(clock.instant(), clock.asleep());
    }
    /// What the next looks find.
    void expect_nothing(int looks = 5) {
        for (int i = 0; i < looks; ++i) {
            clock.skip(1s);
            CHECK_FALSE(look().has_value());
        }
    }

    boost::asio::io_context loop;
    ManualClock clock{loop};
    SuspensionDetector detector;
    base::WallTime last;
};

}  // namespace suspension_test

using namespace suspension_test;

TEST_CASE("a process that was stopped for more than ten seconds was suspended", "[history]") {
    Looks looks;
    looks.clock.skip(1s + SuspensionDetector::kTolerance);
    CHECK_FALSE(looks.look().has_value());
    looks.last = looks.clock.wall_now();
    looks.clock.skip(1s + SuspensionDetector::kTolerance + 1ms);
    CHECK((looks.look() == Unwatched{looks.last, looks.clock.wall_now(), Unwatched::kSuspended}));
    looks.expect_nothing();
}

TEST_CASE("a machine that slept was suspended, though monotonic time did not go on", "[history]") {
    Looks looks;
    looks.clock.skip(500ms);
    looks.clock.sleep_machine(8h);
    CHECK((looks.look() == Unwatched{looks.last, looks.clock.wall_now(), Unwatched::kSuspended}));
    looks.expect_nothing();
    looks.clock.sleep_machine(9s);
    CHECK_FALSE(looks.look().has_value());
}

TEST_CASE("a wall clock that is set forward is no suspension, and passes over moments all the same",
          "[history]") {
    Looks looks;
    looks.clock.skip(1s);
    looks.clock.step_wall(9s);
    CHECK_FALSE(looks.look().has_value());
    looks.last = looks.clock.wall_now();
    looks.clock.skip(1s);
    looks.clock.step_wall(11s);
    CHECK(
        (looks.look() == Unwatched{looks.last, looks.clock.wall_now(), Unwatched::kClockStepped}));
    looks.expect_nothing();
}

TEST_CASE("a wall clock that is set back leaves no gap, nor does its way forward again",
          "[history]") {
    Looks looks;
    looks.clock.skip(1s);
    looks.clock.step_wall(-1h);
    CHECK_FALSE(looks.look().has_value());
    const auto latest = looks.last;
    looks.expect_nothing();
    looks.clock.skip(1s);
    looks.clock.step_wall(1h - 10s);
    CHECK_FALSE(looks.look().has_value());
    looks.clock.skip(1s);
    looks.clock.step_wall(2h);
    // Only what no look has been behind before.
    const auto gap = looks.look();
    REQUIRE(gap.has_value());
    CHECK(gap->reason == Unwatched::kClockStepped);
    CHECK((gap->from >= latest));
}

TEST_CASE("a suspension is written with what comes behind it, whoever writes when", "[history]") {
    boost::asio::io_context loop;
    ManualClock clock{loop};
    history::Backlog backlog{{}, clock.now()};
    const auto look = [&] { backlog.look(clock.instant(), clock.asleep()); };
    look();
    (void)backlog.seal(clock.wall_now());
    backlog.written(clock.now());
    CHECK(backlog.is_empty());
    const auto from = clock.wall_now();
    clock.skip(60s);
    look();
    CHECK_FALSE(backlog.is_empty());
    CHECK((backlog.due() <= clock.now() + 250ms));
    const auto batch = backlog.seal(clock.wall_now());
    REQUIRE(batch->unwatched.size() == 1);
    CHECK((batch->unwatched.front().from == from));
    // While that batch cannot be written, others wait behind it.
    clock.skip(60s);
    look();
    CHECK(backlog.seal(clock.wall_now()) == batch);
    backlog.written(clock.now());
    CHECK((backlog.due() <= clock.now() + 250ms));
    CHECK(backlog.seal(clock.wall_now())->unwatched.size() == 1);
}

TEST_CASE("suspensions that cannot be written are bounded, and none is forgotten", "[history]") {
    boost::asio::io_context loop;
    ManualClock clock{loop};
    history::Backlog backlog{{}, clock.now()};
    for (std::size_t i = 0; i < 2 * history::Backlog::kUnwatchedMax; ++i) {
        backlog.look(clock.instant(), clock.asleep());
        clock.skip(60s);
    }
    const auto batch = backlog.seal(clock.wall_now());
    REQUIRE(batch->unwatched.size() == history::Backlog::kUnwatchedMax);
    CHECK((batch->unwatched.back().until == clock.wall_now() - 60s));
}

TEST_CASE("no head is late, and no slot missed, because we were suspended", "[history]") {
    const TemporaryFolder folder;
    const updates::NodeId alpha{"alpha"};
    Recording recording{folder.file()};
    updates::SlotTime slot_time{chain::SlotClock{wall(0s), 12s}, updates::SlotTimeSource::kNode};
    updates::SlotVerdict missed;
    missed.slot = chain::Slot{2};
    missed.verdict = updates::Verdict::kMissed;
    recording.write({updates::Snapshot{}}, 0s);
    history::Batch batch;
    batch.number = 2;
    batch.at = wall(100s);
    batch.messages = {update(slot_time, 0s), update(updates::RunStarted{{alpha}}, 0s),
                      update(updates::StreamOpened{alpha}, 0s),
                      // In time; then one that waited for us, and one of the slot behind it.
                      update(head("alpha", 1, 1, 1s), 13s), update(head("alpha", 3, 3, 9s), 45s),
                      update(head("alpha", 4, 4, 5s), 53s), update(missed, 48s)};
    for (const std::uint8_t number : std::initializer_list<std::uint8_t>{1, 3, 4}) {
        batch.messages.push_back(
            update(updates::HeadProven{root(number), chain::Slot{number}, root(0)}, 60s));
    }
    batch.unwatched = {Unwatched{wall(20s), wall(45s), Unwatched::kSuspended}};
    recording.recorder.record(batch, *recording.connection);
    CHECK(recording.rows("SELECT " + since_begin("at") + ", " + since_begin("until") +
                         ", reason, dropped FROM gaps") ==
          std::vector<std::string>{"20.0|45.0|suspended|0"});
    const auto summary = history::summarize(
        *recording.connection, {history::to_micros(wall(0s)), history::to_micros(wall(100s))});
    REQUIRE(summary.nodes.size() == 1);
    CHECK(summary.nodes.front().heads == 2);
    CHECK(summary.nodes.front().late == 1);
    CHECK(summary.nodes.front().on_time == 1);
    CHECK(summary.slots.missed == 0);
    CHECK(summary.slots.unknown == 1);
    CHECK((summary.nodes.front().followed == 75s));
}
