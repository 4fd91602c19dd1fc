#include "tests/history/gated_database.hpp"

using namespace tests;

TEST_CASE("maintenance waits for the reads under way and goes before later ones", "[history]") {
    ReaderSetUp steps;
    auto early = steps.reads(4);
    auto maintenance = steps.maintenance();
    auto later = steps.read();
    steps.finish(Lane::kRead);
    steps.finish(Lane::kRead);
    steps.finish(Lane::kRead);
    // A permit is free, and the later read does not get it.
    CHECK(steps.database.busy(Lane::kRead) == 1);
    CHECK(steps.database.busy(Lane::kWrite) == 0);
    steps.finish(Lane::kRead);
    CHECK(steps.database.busy(Lane::kWrite) == 1);
    CHECK(steps.database.busy(Lane::kRead) == 0);
    steps.finish(Lane::kWrite);
    CHECK(maintenance.is_good());
    REQUIRE(steps.database.busy(Lane::kRead) == 1);
    steps.finish(Lane::kRead);
    CHECK(later.is_good());
}

TEST_CASE("maintenance that is cancelled while it waits lets later reads go on at once",
          "[history]") {
    ReaderSetUp steps;
    auto early = steps.read();
    auto maintenance = steps.maintenance();
    auto later = steps.read();
    REQUIRE(steps.database.busy(Lane::kRead) == 1);
    maintenance.cancel();
    steps.settle();
    CHECK(maintenance.is_cancelled());
    CHECK(steps.database.busy(Lane::kRead) == 2);
    CHECK(steps.database.busy(Lane::kWrite) == 0);
}

TEST_CASE("maintenance that is cancelled while it runs is interrupted, and reads go on",
          "[history]") {
    ReaderSetUp steps;
    auto maintenance = steps.maintenance();
    const auto jobs = steps.database.jobs(Lane::kWrite);
    REQUIRE(jobs.size() == 1);
    CHECK_FALSE(jobs.front()->is_interrupted());
    maintenance.cancel();
    steps.settle();
    CHECK(jobs.front()->is_interrupted());
    auto read = steps.read();
    CHECK(steps.database.busy(Lane::kRead) == 1);
}

TEST_CASE("a stop while maintenance drains the readers is an error for it at once", "[history]") {
    ReaderSetUp steps;
    auto early = steps.reads(4);
    auto maintenance = steps.maintenance();
    auto later = steps.read();
    steps.running.cancel();
    steps.settle();
    CHECK(steps.running.is_over());
    CHECK(maintenance.failure() == ErrorCode::kClosed);
    CHECK(later.failure() == ErrorCode::kClosed);
    CHECK(steps.database.busy(Lane::kWrite) == 0);
}
