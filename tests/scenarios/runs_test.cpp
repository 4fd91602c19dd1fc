#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/stage.hpp"
#include "updates/update.hpp"

using namespace std::chrono_literals;
using simulator::FaultKind;
using tests::Stage;
using updates::NodeHead;

TEST_CASE("what was learned of a node outlives a change of the list", "[scenarios][runs]") {
    auto silent = tests::fault(FaultKind::kStalled, 10, 18);
    Stage stage{
        tests::scene({tests::node("a", "lighthouse", 1000), tests::node("old", "lodestar", 1100),
                      tests::node("stalls", "grandine", 1200, {silent}),
                      tests::node("other", "teku", 500,
                                  {tests::fault(FaultKind::kOtherNetwork, 0, tests::kForEver)}),
                      tests::node("leaves", "prysm", 900)})};
    stage.play_to(14);
    const auto verdicts_before = stage.told<updates::SlotVerdict>().size();
    stage.follow({"a", "old", "stalls", "other"});
    stage.play_to(14, 4s);
    REQUIRE(stage.told<updates::RunEnded>().size() == 1);
    CHECK((stage.told<updates::RunEnded>()[0].fact.reason == updates::RunEndReason::kListChanged));
    CHECK(stage.told<updates::RunStarted>().size() == 2);
    // At once with the topics that it serves.
    CHECK(stage.topics_asked("old").back() == "head");
    CHECK(stage.topics_asked("old").size() == 4);
    CHECK(stage.status("stalls").is_stalled);
    CHECK((stage.status("other").network_check == updates::NetworkCheck::kMismatch));
    CHECK(stage.topics_asked("other").size() == 1);
    CHECK_FALSE(stage.status("old").version.empty());
    CHECK_FALSE(stage.snapshot().nodes.contains(updates::NodeId{"leaves"}));
    stage.play_to(22);
    for (const char* const name : {"a", "old"}) {
        for (std::uint64_t slot = 15; slot < 22; ++slot) {
            INFO(name << " in slot " << slot);
            CHECK(stage.head(name, slot).has_value());
        }
    }
    CHECK_FALSE(stage.status("stalls").is_stalled);
    CHECK(stage.told<NodeHead>("leaves").back().slot <= 14);
    CHECK(stage.count<NodeHead>([](const NodeHead& head) { return head.head.slot.value > 1000; }) ==
          0);
    // The slot of the change was not watched throughout; all others have their verdict.
    CHECK(verdicts_before == 12);
    for (std::uint64_t slot = 1; slot < 20; ++slot) {
        INFO("slot " << slot);
        REQUIRE(stage.verdict(slot).has_value());
        CHECK((slot == 14 || stage.verdict(slot)->verdict == updates::Verdict::kOnTime));
    }
}

TEST_CASE("a node that left the list and comes back is checked anew", "[scenarios][runs]") {
    Stage stage{tests::scene(
        {tests::node("a", "lighthouse", 1000),
         tests::node("b", "prysm", 1100, {tests::fault(FaultKind::kOtherNetwork, 6, 12)})})};
    stage.play_to(5);
    stage.follow({"a"});
    stage.play_to(8);
    stage.follow({"a", "b"});
    stage.play_to(11);
    // The answer of before would have let it pass.
    CHECK((stage.status("b").network_check == updates::NetworkCheck::kMismatch));
    CHECK(stage.count<NodeHead>([](const NodeHead& head) { return head.head.slot.value > 1000; }) ==
          0);
    stage.play_to(16);
    CHECK((stage.status("b").network_check == updates::NetworkCheck::kMatch));
    CHECK(stage.head("b", 15).has_value());
}

TEST_CASE(
    "after all nodes were away for minutes the run that gave up is followed by one that works",
    "[scenarios][runs]") {
    const std::vector<simulator::Fault> away{tests::fault(FaultKind::kDown, 6, 16)};
    Stage all_away{tests::scene(
        {tests::node("a", "lighthouse", 1000, away), tests::node("b", "prysm", 1100, away)})};
    all_away.play_to(24);
    // Eleven slots are two runs of five failed cycles each, and the beginning of a third.
    REQUIRE(all_away.told<updates::RunEnded>().size() == 2);
    for (const auto& ended : all_away.told<updates::RunEnded>()) {
        CHECK((ended.fact.reason == updates::RunEndReason::kGaveUp));
    }
    CHECK(all_away.head("a", 18).has_value());
    CHECK(all_away.head("b", 18).has_value());
    // One attempt a slot throughout, across the runs too.
    std::size_t attempts = 0;
    for (const auto& ended : all_away.told<updates::StreamEnded>("a")) {
        attempts += ended.slot >= 6 && ended.slot <= 16 ? 1U : 0U;
    }
    CHECK(attempts >= 10);
    CHECK(attempts <= 12);
    CHECK((all_away.verdict(10)->verdict == updates::Verdict::kUnknown));
    CHECK((all_away.verdict(20)->verdict == updates::Verdict::kOnTime));
}
