#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/update.hpp"

namespace liveness_test {

using namespace std::chrono_literals;
using simulator::FaultKind;
using tests::ScenarioFixture;
using updates::BestHead;
using updates::HeadSource;
using updates::HeadTimeliness;
using updates::NodeBehind;
using updates::NodeHead;
using updates::StreamEnded;
using updates::StreamEndReason;

TEST_CASE("a stream that gives no head while its node's own moves is stalled, until a head comes",
          "[scenarios][liveness]") {
    ScenarioFixture fixture{tests::scene(
        {tests::node("stalls", "lighthouse", 1000, {tests::fault(FaultKind::kStalled, 5, 12)}),
         tests::node("well", "prysm", 1100)})};
    fixture.play_to(6);
    CHECK_FALSE(fixture.status("stalls").is_stalled);
    fixture.play_to(8);
    const auto ended = fixture.first<StreamEnded>(
        [](const StreamEnded& one) { return one.reason == StreamEndReason::kStalled; });
    CHECK(ended.fact.node.name() == "stalls");
    // The REST head was another in the ticks of slots 5 and 6; the next tick looks at them.
    CHECK(ended.slot <= 7);
    CHECK(fixture.status("stalls").is_stalled);
    // A reconnect that brings no head changes nothing of that.
    fixture.play_to(12);
    CHECK(fixture.status("stalls").is_stalled);
    fixture.play_to(14);
    CHECK_FALSE(fixture.status("stalls").is_stalled);
    CHECK(fixture.head("stalls", 13).has_value());
    CHECK(fixture.ends("well").empty());
    CHECK_FALSE(fixture.status("well").is_stalled);
}

TEST_CASE("a stream that only falls silent is not silent while its REST head shows that it stalls",
          "[scenarios][liveness]") {
    // No keep-alive comes either, which nobody can know before three of them are missing.
    ScenarioFixture fixture{tests::scene(
        {tests::node("hangs", "lighthouse", 1000, {tests::fault(FaultKind::kHangMidStream, 5, 9)}),
         tests::node("well", "prysm", 1100)})};
    fixture.play_to(14);
    const auto ends = fixture.ends("hangs");
    REQUIRE_FALSE(ends.empty());
    CHECK((ends.front() == StreamEndReason::kStalled));
    CHECK(fixture.head("hangs", 12).has_value());
    CHECK_FALSE(fixture.status("hangs").is_stalled);
}

TEST_CASE("after each opening the head is asked for, told as a poll and never timed",
          "[scenarios][liveness]") {
    ScenarioFixture fixture{
        tests::scene({tests::node("a", "lighthouse", 1000, {tests::fault(FaultKind::kDown, 4, 5)}),
                      tests::node("b", "prysm", 1100)})};
    fixture.play_to(10);
    const auto polled = [&] {
        std::vector<tests::Published<NodeHead>> out;
        for (const auto& one : fixture.published<NodeHead>("a")) {
            if (one.fact.source == HeadSource::kPoll) {
                out.push_back(one);
            }
        }
        return out;
    }();
    // At the start, before any head; and at the tick of slot 6, where the node is back.
    REQUIRE(polled.size() == 2);
    CHECK(polled[0].fact.head.slot.value == 0);
    const auto& gap = polled[1];
    CHECK(gap.slot == 6);
    CHECK((gap.into >= 11s));
    CHECK(gap.fact.head.slot.value == 6);
    CHECK((gap.fact.head.block == fixture.root(6)));
    CHECK((gap.fact.timing.timeliness == HeadTimeliness::kPolled));
    CHECK_FALSE(gap.fact.timing.delay.has_value());
    CHECK_FALSE(gap.fact.timing.is_late());
    CHECK_FALSE(gap.fact.is_first);
    CHECK((gap.fact.lag == 0s));
    // The other nodes' heads stay what is timed and best.
    CHECK(fixture.head("b", 6)->is_first);
}

TEST_CASE("with one node alone the gap fill is the best head", "[scenarios][liveness]") {
    ScenarioFixture fixture{tests::scene(
        {tests::node("a", "lighthouse", 1000, {tests::fault(FaultKind::kDown, 4, 5)})})};
    fixture.play_to(7);
    const auto best = fixture.published<BestHead>();
    REQUIRE_FALSE(best.empty());
    CHECK(best.back().fact.head.slot.value == 6);
    CHECK((best.back().fact.source == HeadSource::kPoll));
}

TEST_CASE("a node that is behind the others is told so, and no stream ends for it",
          "[scenarios][liveness]") {
    auto lags = tests::fault(FaultKind::kLagging, 5, 9);
    lags.delay = 14s;
    ScenarioFixture fixture{
        tests::scene({tests::node("a", "lighthouse", 1000), tests::node("b", "prysm", 1100),
                      tests::node("late", "grandine", 1000, {lags})})};
    fixture.play_to(16);
    CHECK(fixture.ends("late").empty());
    const auto behind = fixture.published<NodeBehind>("late");
    REQUIRE(behind.size() >= 2);
    CHECK(behind.front().fact.is_behind);
    CHECK(behind.front().slot <= 6);
    CHECK_FALSE(behind.back().fact.is_behind);
    CHECK(fixture.published<NodeBehind>("a").empty());
    CHECK(fixture.published<NodeBehind>("b").empty());
    CHECK(fixture.published<updates::HeadSplit>().empty());
    CHECK(fixture.published<updates::Reorg>().empty());
    CHECK_FALSE(fixture.status("late").is_behind);
    // A head a slot late is timed, and late.
    const auto head = fixture.head("late", 7);
    REQUIRE(head.has_value());
    CHECK((head->timing.delay == base::Duration{15s}));
    CHECK(head->timing.is_late());
    CHECK_FALSE(head->is_latest);
    // Behind b, which was first with it.
    CHECK((head->lag == 15s - 1100ms));
}

TEST_CASE("a head more than a slot old is cached, never timed and never late",
          "[scenarios][liveness]") {
    auto lags = tests::fault(FaultKind::kLagging, 5, 9);
    lags.delay = 30s;
    ScenarioFixture fixture{tests::scene(
        {tests::node("a", "lighthouse", 1000), tests::node("late", "grandine", 1000, {lags})})};
    fixture.play_to(16);
    const auto head = fixture.head("late", 6);
    REQUIRE(head.has_value());
    CHECK((head->timing.timeliness != HeadTimeliness::kLive));
    CHECK_FALSE(head->timing.delay.has_value());
    CHECK_FALSE(head->timing.is_late());
    CHECK((head->lag == 0s));
    CHECK_FALSE(head->is_first);
}

TEST_CASE("a syncing node's heads are catch-up: never best, never late, never first",
          "[scenarios][liveness]") {
    ScenarioFixture fixture{tests::scene(
        {tests::node("a", "lighthouse", 1000),
         tests::node("syncs", "prysm", 300, {tests::fault(FaultKind::kCatchingUp, 20, 27)})})};
    fixture.play_to(34);
    std::size_t old_ones = 0;
    for (const auto& one : fixture.published<NodeHead>("syncs")) {
        if (one.slot < 20 || one.slot > 27 || one.fact.source == HeadSource::kPoll) {
            continue;
        }
        INFO("head of slot " << one.fact.head.slot.value << " in slot " << one.slot);
        ++old_ones;
        CHECK_FALSE(one.fact.timing.is_late());
        if (one.fact.head.slot.value + 1 < one.slot) {
            CHECK_FALSE(one.fact.is_first);
            CHECK_FALSE(one.fact.timing.delay.has_value());
        }
        if (one.slot > 20) {
            // From the first answer on its own word counts.
            CHECK((one.fact.timing.timeliness == HeadTimeliness::kBackfill));
        }
    }
    CHECK(old_ones >= 20);
    for (const auto& best : fixture.published<BestHead>()) {
        const bool is_while_syncing = best.slot > 20 && best.slot <= 27;
        CHECK((!is_while_syncing || best.fact.node.name() == "a"));
    }
    // No head of the past was best, and nobody has seen a reorg in it.
    std::uint64_t highest = 0;
    for (const auto& best : fixture.published<BestHead>()) {
        CHECK(best.fact.head.slot.value >= highest);
        highest = best.fact.head.slot.value;
    }
    CHECK(fixture.published<updates::Reorg>().empty());
    CHECK(fixture.published<updates::HeadSplit>().empty());
    CHECK(fixture.published<updates::StreamBuffered>().empty());
    REQUIRE(fixture.status("syncs").syncing.has_value());
    CHECK_FALSE(fixture.status("syncs").syncing->is_syncing);
    const auto live = fixture.head("syncs", 31);
    REQUIRE(live.has_value());
    CHECK(live->is_first);
    CHECK((live->timing.timeliness == HeadTimeliness::kLive));
}

TEST_CASE("a lone node that syncs is never best while it does", "[scenarios][liveness]") {
    ScenarioFixture fixture{tests::scene(
        {tests::node("syncs", "lodestar", 300, {tests::fault(FaultKind::kCatchingUp, 0, 14)})})};
    fixture.play_to(22);
    for (const auto& best : fixture.published<BestHead>()) {
        INFO("best " << best.fact.head.slot.value << " in slot " << best.slot);
        CHECK(best.slot >= 14);
    }
    REQUIRE(fixture.snapshot().best.has_value());
    CHECK(fixture.snapshot().best->head.slot.value == 21);
}

}  // namespace liveness_test
