#include "history/batch.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace {

const base::MonoTime kBegin{1h};

updates::Message update_of(updates::Fact fact) {
    return std::make_shared<const updates::Update>(updates::Update{std::move(fact), {}});
}

history::Backlog begun(history::BatchLimits limits = {}) {
    history::Backlog backlog{limits, kBegin};
    (void)backlog.seal({});
    backlog.written(kBegin);
    return backlog;
}

}  // namespace

TEST_CASE("a batch is due a quarter of a second after its first message", "[history]") {
    auto backlog = begun();
    backlog.add(update_of(updates::CycleFailed{}), kBegin + 1s);
    backlog.add(update_of(updates::CycleFailed{}), kBegin + 1200ms);
    CHECK((backlog.due() == kBegin + 1250ms));
    CHECK(backlog.seal({})->messages.size() == 2);
}

TEST_CASE("a batch that is full is due at once", "[history]") {
    auto backlog = begun({.messages = 2});
    backlog.add(update_of(updates::CycleFailed{}), kBegin);
    CHECK(backlog.has_room());
    CHECK((backlog.due() > kBegin));
    backlog.add(update_of(updates::CycleFailed{}), kBegin);
    CHECK_FALSE(backlog.has_room());
    CHECK((backlog.due() <= kBegin));
}

TEST_CASE("the first batch is due at the start, and with nothing to write one every 10 s",
          "[history]") {
    history::Backlog backlog{{}, kBegin};
    CHECK((backlog.due() == kBegin));
    CHECK(backlog.seal({})->messages.empty());
    backlog.written(kBegin + 1s);
    CHECK((backlog.due() == kBegin + 11s));
}

TEST_CASE("a batch that could not be written is the next one again, unchanged", "[history]") {
    auto backlog = begun();
    backlog.add(update_of(updates::CycleFailed{}), kBegin);
    const auto first = backlog.seal({});
    backlog.add(update_of(updates::CycleFailed{}), kBegin);
    CHECK((backlog.due() <= kBegin));
    CHECK(backlog.seal({}) == first);
    backlog.written(kBegin + 1s);
    CHECK((backlog.due() == kBegin + 1250ms));
    const auto second = backlog.seal({});
    CHECK(second->messages.size() == 1);
    CHECK(second->number == first->number + 1);
}

TEST_CASE("whether a run is on is known from what was read", "[history]") {
    auto backlog = begun();
    CHECK_FALSE(backlog.is_run_on());
    backlog.add(update_of(updates::RunStarted{}), kBegin);
    CHECK(backlog.is_run_on());
    backlog.add(update_of(updates::RunEnded{}), kBegin);
    CHECK_FALSE(backlog.is_run_on());
    updates::Snapshot snapshot;
    snapshot.running = true;
    backlog.add(snapshot, kBegin);
    CHECK(backlog.is_run_on());
}

TEST_CASE("what has been passed on goes with the next batch, once, and does not hasten it",
          "[history]") {
    history::Backlog backlog = begun();
    const auto due = backlog.due();
    backlog.pass_on({7, 3});
    backlog.pass_on({7, 5});
    CHECK((backlog.due() == due));
    const auto first = backlog.seal({});
    REQUIRE(first->passed_on);
    CHECK(first->passed_on->origin == 7);
    CHECK(first->passed_on->sequence == 5);
    backlog.written(due);
    CHECK_FALSE(backlog.seal({})->passed_on);
}
