#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/update.hpp"

namespace runs_test {

using namespace std::chrono_literals;
using simulator::FaultKind;
using tests::ScenarioFixture;
using updates::NodeHead;

TEST_CASE("what was learned of a node outlives a change of the list", "[scenarios][runs]") {
    auto silent = tests::fault(FaultKind::kStalled, 10, 18);
    ScenarioFixture fixture{
        tests::scene({tests::node("a", "lighthouse", 1000), tests::node("old", "lodestar", 1100),
                      tests::node("stalls", "grandine", 1200, {silent}),
                      tests::node("other", "teku", 500,
                                  {tests::fault(FaultKind::kOtherNetwork, 0, tests::kForEver)}),
                      tests::node("leaves", "prysm", 900)})};
    fixture.play_to(14);
    const auto verdicts_before = fixture.published<updates::SlotVerdict>().size();
    fixture.follow({"a", "old", "stalls", "other"});
    fixture.play_to(14, 4s);
    REQUIRE(fixture.published<updates::RunEnded>().size() == 1);
    CHECK((fixture.published<updates::RunEnded>()[0].fact.reason ==
           updates::RunEndReason::kListChanged));
    CHECK(fixture.published<updates::RunStarted>().size() == 2);
    // At once with the topics that it serves.
    CHECK(fixture.topics_asked("old").back() == "head");
    CHECK(fixture.topics_asked("old").size() == 4);
    CHECK(fixture.status("stalls").is_stalled);
    CHECK((fixture.status("other").network_check == updates::NetworkCheck::kMismatch));
    CHECK(fixture.topics_asked("other").size() == 1);
    CHECK_FALSE(fixture.status("old").version.empty());
    CHECK_FALSE(fixture.snapshot().nodes.contains(updates::NodeId{"leaves"}));
    fixture.play_to(22);
    for (const char* const name : {"a", "old"}) {
        for (std::uint64_t slot = 15; slot < 22; ++slot) {
            INFO(name << " in slot " << slot);
            CHECK(fixture.head(name, slot).has_value());
        }
    }
    CHECK_FALSE(fixture.status("stalls").is_stalled);
    CHECK(fixture.published<NodeHead>("leaves").back().slot <= 14);
    CHECK(fixture.count<NodeHead>(
              [](const NodeHead& head) { return head.head.slot.value > 1000; }) == 0);
    // The slot of the change was not watched throughout; all others have their verdict.
    CHECK(verdicts_before == 12);
    for (std::uint64_t slot = 1; slot < 20; ++slot) {
        INFO("slot " << slot);
        REQUIRE(fixture.verdict(slot).has_value());
        CHECK((slot == 14 || fixture.verdict(slot)->verdict == updates::Verdict::kOnTime));
    }
}

TEST_CASE("a node that left the list and comes back is checked anew", "[scenarios][runs]") {
    ScenarioFixture fixture{tests::scene(
        {tests::node("a", "lighthouse", 1000),
         tests::node("b", "prysm", 1100, {tests::fault(FaultKind::kOtherNetwork, 6, 12)})})};
    fixture.play_to(5);
    fixture.follow({"a"});
    fixture.play_to(8);
    fixture.follow({"a", "b"});
    fixture.play_to(11);
    // The answer of before would have let it pass. Of two nodes neither is believed more.
    CHECK((fixture.status("b").network_check == updates::NetworkCheck::kDisputed));
    CHECK(fixture.count<NodeHead>(
              [](const NodeHead& head) { return head.head.slot.value > 1000; }) == 0);
    fixture.play_to(16);
    CHECK((fixture.status("b").network_check == updates::NetworkCheck::kMatch));
    CHECK(fixture.head("b", 15).has_value());
}

TEST_CASE(
    "after all nodes were away for minutes the run that gave up is followed by one that works",
    "[scenarios][runs]") {
    const std::vector<simulator::Fault> away{tests::fault(FaultKind::kDown, 6, 16)};
    ScenarioFixture all_away{tests::scene(
        {tests::node("a", "lighthouse", 1000, away), tests::node("b", "prysm", 1100, away)})};
    all_away.play_to(24);
    // Eleven slots are two runs of five failed cycles each, and the beginning of a third.
    REQUIRE(all_away.published<updates::RunEnded>().size() == 2);
    for (const auto& ended : all_away.published<updates::RunEnded>()) {
        CHECK((ended.fact.reason == updates::RunEndReason::kGaveUp));
    }
    CHECK(all_away.head("a", 18).has_value());
    CHECK(all_away.head("b", 18).has_value());
    // One attempt a slot throughout, across the runs too.
    std::size_t attempts = 0;
    for (const auto& ended : all_away.published<updates::StreamEnded>("a")) {
        attempts += ended.slot >= 6 && ended.slot <= 16 ? 1U : 0U;
    }
    CHECK(attempts >= 10);
    CHECK(attempts <= 12);
    CHECK((all_away.verdict(10)->verdict == updates::Verdict::kUnknown));
    CHECK((all_away.verdict(20)->verdict == updates::Verdict::kOnTime));
}

}  // namespace runs_test
