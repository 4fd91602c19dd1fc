#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/update.hpp"

namespace slots_test {

using namespace std::chrono_literals;
using simulator::Fault;
using simulator::FaultKind;
using tests::ScenarioFixture;
using updates::NodeHead;
using updates::Verdict;

namespace {

simulator::Scenario two_with(const std::vector<Fault>& faults) {
    return tests::scene(
        {tests::node("a", "lighthouse", 1000, faults), tests::node("b", "prysm", 1100, faults)});
}

Fault lagging(std::uint64_t from, std::uint64_t to, std::chrono::milliseconds delay) {
    Fault lag = tests::fault(FaultKind::kLagging, from, to);
    lag.delay = delay;
    return lag;
}

}  // namespace

TEST_CASE("who was first changes with the nodes' delays, and the lag is exact",
          "[scenarios][slots]") {
    ScenarioFixture fixture{tests::scene({tests::node("a", "prysm", 1000, {lagging(6, 6, 700ms)}),
                                          tests::node("b", "grandine", 1300)})};
    fixture.play_to(8);
    for (const std::uint64_t slot : {5, 7}) {
        CHECK(fixture.head("a", slot)->is_first);
        CHECK((fixture.head("a", slot)->lag == 0s));
        CHECK_FALSE(fixture.head("b", slot)->is_first);
        CHECK((fixture.head("b", slot)->lag == 300ms));
    }
    CHECK(fixture.head("b", 6)->is_first);
    CHECK((fixture.head("a", 6)->lag == 400ms));
    CHECK((fixture.head("a", 6)->timing.delay == base::Duration{1700ms}));
}

TEST_CASE("verdicts say what became of each slot", "[scenarios][slots]") {
    Fault optimistic = tests::fault(FaultKind::kOptimistic, 8, 8);
    auto scenario =
        two_with({lagging(6, 6, 4s), optimistic, tests::fault(FaultKind::kHangMidStream, 12, 12),
                  tests::fault(FaultKind::kHangBeforeHeaders, 12, 12)});
    scenario.skipped_slots = {4, 10};
    ScenarioFixture fixture{scenario};
    fixture.play_to(18);
    for (std::uint64_t slot = 1; slot < 16; ++slot) {
        INFO("slot " << slot);
        REQUIRE(fixture.verdict(slot).has_value());
        const updates::SlotVerdict verdict = *fixture.verdict(slot);
        const bool was_deaf = slot == 12;
        if (slot == 4 || slot == 10) {
            CHECK((verdict.verdict == Verdict::kMissed));
            CHECK_FALSE(verdict.first_reported_by.has_value());
        } else if (slot == 6) {
            CHECK((verdict.verdict == Verdict::kLate));
            CHECK(verdict.first_reported_by->name() == "b");
            CHECK((verdict.delay == base::Duration{5100ms}));
        } else if (slot == 8) {
            CHECK((verdict.verdict == Verdict::kOptimistic));
        } else if (!was_deaf) {
            CHECK((verdict.verdict == Verdict::kOnTime));
            CHECK(verdict.first_reported_by->name() == "b");
            CHECK((verdict.delay == base::Duration{1100ms}));
            CHECK((verdict.root == fixture.root(slot)));
        }
        // 3333 of 10000 parts of 12 s.
        CHECK((verdict.deadline.after_start == 3999600us));
        CHECK_FALSE(verdict.deadline.assumed);
        // The streams were open and reported nothing of the block of slot 12, which was there.
        CHECK((!was_deaf || (verdict.verdict != Verdict::kMissed)));
    }
    const auto published = fixture.published<updates::SlotVerdict>();
    for (const auto& one : published) {
        // At the next slot's end.
        CHECK(one.slot == one.fact.slot.value + 2);
        CHECK((one.into < 100ms));
    }
}

TEST_CASE("what nobody watched is not judged", "[scenarios][slots]") {
    ScenarioFixture fixture{two_with({tests::fault(FaultKind::kDown, 5, 7)})};
    fixture.play_to(14);
    for (std::uint64_t slot = 2; slot < 12; ++slot) {
        INFO("slot " << slot);
        REQUIRE(fixture.verdict(slot).has_value());
        // Down at the start of slot 5; back, and open, at the tick of slot 8.
        const bool is_watched = slot < 5 || slot > 8;
        CHECK((fixture.verdict(slot)->verdict ==
               (is_watched ? Verdict::kOnTime : Verdict::kUnknown)));
    }
}

TEST_CASE("one healthy node is enough for a verdict, and a late one does not spoil it",
          "[scenarios][slots]") {
    ScenarioFixture fixture{
        tests::scene({tests::node("a", "lighthouse", 1000, {lagging(5, 9, 5s)}),
                      tests::node("b", "prysm", 1100, {tests::fault(FaultKind::kDown, 7, 7)})})};
    fixture.play_to(12);
    CHECK((fixture.verdict(5)->verdict == Verdict::kOnTime));
    CHECK(fixture.head("a", 5)->timing.is_late());
    // In slot 7 only the late one was there.
    CHECK((fixture.verdict(7)->verdict == Verdict::kLate));
    CHECK(fixture.verdict(7)->first_reported_by->name() == "a");
}

TEST_CASE("where no node's spec has a deadline the usual one is assumed", "[scenarios][slots]") {
    ScenarioFixture alone{tests::scene({tests::node("a", "lodestar", 1000)})};
    alone.play_to(14);
    REQUIRE(alone.head("a", 12).has_value());
    const auto deadline = alone.head("a", 12)->timing.deadline;
    REQUIRE(deadline.has_value());
    CHECK(deadline->assumed);
    CHECK((deadline->after_start == 3999600us));
    REQUIRE(alone.verdict(11).has_value());
    CHECK(alone.verdict(11)->deadline.assumed);

    // One that says it is enough, whoever answered last.
    ScenarioFixture both{
        tests::scene({tests::node("new", "prysm", 1000), tests::node("old", "lodestar", 1000),
                      tests::node("older", "lodestar", 1000)})};
    both.play_to(14);
    CHECK_FALSE(both.head("old", 12)->timing.deadline->assumed);
    CHECK_FALSE(both.verdict(11)->deadline.assumed);
}

TEST_CASE("from Gloas on the deadline is earlier, and the payload is a fact of its own",
          "[scenarios][slots]") {
    auto scenario =
        tests::scene({tests::node("a", "lighthouse", 3000), tests::node("b", "teku", 2500),
                      tests::node("old", "prysm", 2600)});
    scenario.gloas_from_epoch = 1;
    ScenarioFixture fixture{scenario};
    fixture.play_to(14);
    // Epochs have eight slots.
    CHECK((fixture.head("a", 7)->timing.deadline->after_start == 3999600us));
    CHECK_FALSE(fixture.head("a", 7)->timing.is_late());
    CHECK_FALSE(fixture.head("a", 7)->head.payload_status.has_value());
    REQUIRE(fixture.verdict(7).has_value());
    CHECK((fixture.verdict(7)->deadline.after_start == 3999600us));
    for (std::uint64_t slot = 8; slot < 12; ++slot) {
        std::vector<NodeHead> heads;
        for (const auto& one : fixture.published<NodeHead>("a")) {
            if (one.fact.head.slot.value == slot) {
                heads.push_back(one.fact);
            }
        }
        REQUIRE(heads.size() == 2);
        CHECK((heads[0].head.payload_status == chain::PayloadStatus::kEmpty));
        CHECK((heads[1].head.payload_status == chain::PayloadStatus::kFull));
        CHECK((heads[0].head.block == heads[1].head.block));
        // Behind Teku, each of them.
        CHECK((heads[0].lag == 620ms));
        CHECK((heads[1].lag == 620ms));
        CHECK_FALSE(heads[1].timing.is_repeat);
        // 2500 parts of 12 s; what comes behind the block has no such deadline.
        REQUIRE(heads[0].timing.deadline.has_value());
        CHECK((heads[0].timing.deadline->after_start == 3s));
        CHECK(heads[0].timing.is_late());
        CHECK_FALSE(heads[1].timing.deadline.has_value());
        CHECK_FALSE(heads[1].timing.is_late());
        REQUIRE(fixture.verdict(slot).has_value());
        CHECK((fixture.verdict(slot)->deadline.after_start == 3s));
        CHECK((fixture.verdict(slot)->verdict == Verdict::kOnTime));
        const auto bests = fixture.count<updates::BestHead>(
            [&](const updates::BestHead& best) { return best.head.slot.value == slot; });
        CHECK(bests >= 2);
        CHECK((fixture.head("old", slot)->head.payload_status == std::nullopt));
    }
    CHECK(fixture.published<updates::Reorg>().empty());
    CHECK(fixture.published<updates::HeadSplit>().empty());
}

TEST_CASE("optimistic heads are told and never best", "[scenarios][slots]") {
    ScenarioFixture fixture{tests::scene(
        {tests::node("a", "lighthouse", 500, {tests::fault(FaultKind::kOptimistic, 5, 7)}),
         tests::node("b", "prysm", 1100)})};
    fixture.play_to(10);
    for (std::uint64_t slot = 5; slot <= 7; ++slot) {
        REQUIRE(fixture.head("a", slot).has_value());
        CHECK(fixture.head("a", slot)->head.execution_optimistic);
        CHECK_FALSE(fixture.head("a", slot)->is_latest);
        CHECK((fixture.verdict(slot)->verdict == Verdict::kOnTime));
        CHECK(fixture.verdict(slot)->first_reported_by->name() == "b");
    }
    for (const auto& best : fixture.published<updates::BestHead>()) {
        CHECK_FALSE(best.fact.head.execution_optimistic);
    }
    CHECK(fixture.ends("a").empty());
}

TEST_CASE("a fault of single events ends the stream, which is back one tick later",
          "[scenarios][slots]") {
    Fault big = tests::fault(FaultKind::kOversize, 5, 5);
    big.bytes = 2'000'000;
    const std::vector<std::pair<Fault, updates::StreamEndReason>> cases{
        {tests::fault(FaultKind::kMalformed, 5, 5), updates::StreamEndReason::kMalformed},
        {big, updates::StreamEndReason::kTooLarge},
        {tests::fault(FaultKind::kResetMidEvent, 5, 5), updates::StreamEndReason::kReset}};
    for (const auto& [fault, reason] : cases) {
        INFO(simulator::to_string(fault.kind));
        ScenarioFixture fixture{tests::scene(
            {tests::node("a", "lighthouse", 1000, {fault}), tests::node("b", "prysm", 1100)})};
        fixture.play_to(9);
        CHECK(fixture.ends("a") == std::vector<updates::StreamEndReason>{reason});
        CHECK(fixture.head("a", 6).has_value());
        CHECK(fixture.ends("b").empty());
    }
}

}  // namespace slots_test
