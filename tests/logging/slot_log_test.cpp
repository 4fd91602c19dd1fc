#include <catch2/catch.hpp>

#include "tests/logging/log_fixture.hpp"

using namespace tests;

TEST_CASE("missed and late slots are told each, seen ones only to developers", "[logging]") {
    LogFixture log;
    using updates::Verdict;
    // What nobody watched before the start is no news; that slots are judged now is.
    CHECK(log.verdict(1, Verdict::kUnknown) == Lines{});
    CHECK(log.verdict(2, Verdict::kOnTime) == Lines{"slot on_time slot=2"});
    CHECK(log.verdict(3, Verdict::kOnTime) == Lines{});
    CHECK(log.verdict(4, Verdict::kMissed) == Lines{"slot missed slot=4"});
    CHECK(log.verdict(5, Verdict::kMissed) == Lines{"slot missed slot=5"});
    CHECK(log.verdict(6, Verdict::kOnTime) == Lines{});
    const updates::SlotVerdict late{chain::Slot{7}, Verdict::kLate, updates::NodeId{"b"},
                                    root(1),        4321ms,         {4000ms, false}};
    CHECK(log.lines_of(late) == Lines{"slot late slot=7 delay_ms=4321 deadline_ms=4000 node=b"});
}

TEST_CASE("slots that cannot be judged for hours are told when that begins and ends", "[logging]") {
    LogFixture log;
    using updates::Verdict;
    const auto lasting = GENERATE(Verdict::kUnknown, Verdict::kOptimistic);
    (void)log.verdict(1, Verdict::kOnTime);
    CHECK(log.verdict(2, lasting).size() == 1);
    CHECK(log.verdict(3, lasting) == Lines{});
    CHECK(log.verdict(4, lasting) == Lines{});
    CHECK(log.verdict(5, Verdict::kOnTime).size() == 1);
    CHECK(log.verdict(6, Verdict::kOnTime) == Lines{});
}

TEST_CASE("a reorg is told when the parents prove it", "[logging]") {
    LogFixture log;
    updates::Reorg reorg{root(0xaa), root(0xbb), 2, updates::Certainty::kUnconfirmed,
                         updates::NodeId{"alpha"}};
    CHECK(log.lines_of(reorg) == Lines{});
    CHECK(log.lines_of(reorg, LogLevel::kDebug).size() == 1);
    reorg.certainty = updates::Certainty::kConfirmed;
    reorg.depth = 3;
    CHECK(log.lines_of(reorg) == Lines{"reorg depth=3 certainty=confirmed old_head=" + hex("aa") +
                                       " new_head=" + hex("bb") + " node=alpha"});
    reorg.certainty = updates::Certainty::kRefuted;
    CHECK(log.lines_of(reorg) == Lines{});
}

TEST_CASE("a split is told with its branches, and its end with how long it lasted", "[logging]") {
    LogFixture log;
    const updates::HeadSplit split{
        {{root(0xaa), chain::Slot{9}, {updates::NodeId{"a"}, updates::NodeId{"b"}}},
         {root(0xbb), chain::Slot{8}, {updates::NodeId{"c"}}}},
        log.now(),
        false};
    const Lines told = log.lines_of(split, LogLevel::kWarning);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0],
               Catch::StartsWith("head split branches=2 branch_1=\"slot 9 " + hex("aa") +
                                 ": a, b\" branch_2=\"slot 8 " + hex("bb") + ": c\" advice="));
    CHECK(log.lines_of(split) == Lines{});
    log.after(24s);
    const updates::HeadSplit over{{}, split.since, true};
    CHECK(log.lines_of(over) == Lines{"head split resolved split_ms=24000"});
    CHECK(log.lines_of(split).size() == 1);
}

TEST_CASE("a doubt of the clock is told with its size and what to do", "[logging]") {
    LogFixture log;
    updates::ClockSkew doubt{updates::ClockSkew::Level::kSkewed, -2400ms, 500ms, false};
    Lines told = log.lines_of(doubt, LogLevel::kWarning);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::Contains("clock skewed: delays cannot be trusted\" ") ||
                            Catch::Contains("clock skewed: delays cannot be trusted "));
    CHECK_THAT(told[0], Catch::Contains("offset_ms=-2400 uncertainty_ms=500 "
                                        "kernel_synchronised=no advice=") &&
                            Catch::Contains("timedatectl"));
    doubt.level = updates::ClockSkew::Level::kVerdictsSuspended;
    told = log.lines_of(doubt, LogLevel::kWarning);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::Contains("verdicts suspended"));
    told = log.lines_of(updates::ClockSkew{});
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::Contains("clock no longer skewed") && !Catch::Contains("advice"));
    CHECK(log.lines_of(updates::ClockSkew{}, LogLevel::kWarning) == Lines{});
}

TEST_CASE("a node that is behind, and finality, are told to developers only", "[logging]") {
    LogFixture log;
    const updates::NodeId alpha{"alpha"};
    const updates::NodeBehind behind{alpha, true, chain::Slot{7}, chain::Slot{9}};
    CHECK(log.lines_of(behind) == Lines{});
    CHECK(log.lines_of(behind, LogLevel::kDebug) ==
          Lines{"node behind node=alpha slot=7 best_slot=9"});
    chain::FinalizedCheckpoint checkpoint{root(1), root(2), chain::Epoch{3}, false};
    CHECK(log.lines_of(updates::Finalized{alpha, checkpoint}) == Lines{});
    CHECK(log.lines_of(updates::Finalized{alpha, checkpoint}, LogLevel::kDebug) ==
          Lines{"finalized epoch=3 node=alpha"});
}

TEST_CASE("a slot from the upper half of its range is no negative number", "[logging]") {
    const std::uint64_t slot = 18'446'744'073'709'551'615U;
    const logging::LogLine line{logging::LogLevel::kInfo, "m", {{"slot", slot}}};
    CHECK(logging::to_text(line) == "m slot=18446744073709551615");
    CHECK(logging::to_json_members(line) == R"("message":"m","slot":18446744073709551615)");
    updates::BestHead best{updates::NodeId{"a"}, {}};
    best.head.slot = chain::Slot{slot};
    LogFixture log;
    CHECK_THAT(log.lines_of(best, LogLevel::kDebug).at(0),
               Catch::Contains(" slot=18446744073709551615 "));
}
