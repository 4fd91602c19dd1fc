#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/stage.hpp"
#include "updates/update.hpp"

using namespace std::chrono_literals;
using simulator::FaultKind;
using tests::Stage;
using updates::BestHead;
using updates::HeadSource;
using updates::HeadTimeliness;
using updates::NodeBehind;
using updates::NodeHead;
using updates::StreamEnded;
using updates::StreamEndReason;

TEST_CASE("a stream that gives no head while its node's own moves is stalled, until a head comes",
          "[scenarios][liveness]") {
    Stage stage{tests::scene(
        {tests::node("stalls", "lighthouse", 1000, {tests::fault(FaultKind::kStalled, 5, 12)}),
         tests::node("well", "prysm", 1100)})};
    stage.play_to(6);
    CHECK_FALSE(stage.status("stalls").is_stalled);
    stage.play_to(8);
    const auto ended = stage.first<StreamEnded>(
        [](const StreamEnded& one) { return one.reason == StreamEndReason::kStalled; });
    CHECK(ended.fact.node.name() == "stalls");
    // The REST head was another in the ticks of slots 5 and 6; the next tick looks at them.
    CHECK(ended.slot <= 7);
    CHECK(stage.status("stalls").is_stalled);
    // A reconnect that brings no head changes nothing of that.
    stage.play_to(12);
    CHECK(stage.status("stalls").is_stalled);
    stage.play_to(14);
    CHECK_FALSE(stage.status("stalls").is_stalled);
    CHECK(stage.head("stalls", 13).has_value());
    CHECK(stage.ends("well").empty());
    CHECK_FALSE(stage.status("well").is_stalled);
}

TEST_CASE("a stream that only falls silent is not silent while its REST head shows that it stalls",
          "[scenarios][liveness]") {
    // No keep-alive comes either, which nobody can know before three of them are missing.
    Stage stage{tests::scene(
        {tests::node("hangs", "lighthouse", 1000, {tests::fault(FaultKind::kHangMidStream, 5, 9)}),
         tests::node("well", "prysm", 1100)})};
    stage.play_to(14);
    const auto ends = stage.ends("hangs");
    REQUIRE_FALSE(ends.empty());
    CHECK((ends.front() == StreamEndReason::kStalled));
    CHECK(stage.head("hangs", 12).has_value());
    CHECK_FALSE(stage.status("hangs").is_stalled);
}

TEST_CASE("after each opening the head is asked for, told as a poll and never timed",
          "[scenarios][liveness]") {
    Stage stage{
        tests::scene({tests::node("a", "lighthouse", 1000, {tests::fault(FaultKind::kDown, 4, 5)}),
                      tests::node("b", "prysm", 1100)})};
    stage.play_to(10);
    const auto polled = [&] {
        std::vector<tests::Told<NodeHead>> out;
        for (const auto& one : stage.told<NodeHead>("a")) {
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
    CHECK((gap.fact.head.block == stage.root(6)));
    CHECK((gap.fact.timing.timeliness == HeadTimeliness::kPolled));
    CHECK_FALSE(gap.fact.timing.delay.has_value());
    CHECK_FALSE(gap.fact.timing.is_late());
    CHECK_FALSE(gap.fact.is_first);
    CHECK((gap.fact.lag == 0s));
    // The other nodes' heads stay what is timed and best.
    CHECK(stage.head("b", 6)->is_first);
}

TEST_CASE("with one node alone the gap fill is the best head", "[scenarios][liveness]") {
    Stage stage{tests::scene(
        {tests::node("a", "lighthouse", 1000, {tests::fault(FaultKind::kDown, 4, 5)})})};
    stage.play_to(7);
    const auto best = stage.told<BestHead>();
    REQUIRE_FALSE(best.empty());
    CHECK(best.back().fact.head.slot.value == 6);
    CHECK((best.back().fact.source == HeadSource::kPoll));
}

TEST_CASE("a node that is behind the others is told so, and no stream ends for it",
          "[scenarios][liveness]") {
    auto lags = tests::fault(FaultKind::kLagging, 5, 9);
    lags.delay = 14s;
    Stage stage{tests::scene({tests::node("a", "lighthouse", 1000), tests::node("b", "prysm", 1100),
                              tests::node("late", "grandine", 1000, {lags})})};
    stage.play_to(16);
    CHECK(stage.ends("late").empty());
    const auto behind = stage.told<NodeBehind>("late");
    REQUIRE(behind.size() >= 2);
    CHECK(behind.front().fact.is_behind);
    CHECK(behind.front().slot <= 6);
    CHECK_FALSE(behind.back().fact.is_behind);
    CHECK(stage.told<NodeBehind>("a").empty());
    CHECK(stage.told<NodeBehind>("b").empty());
    CHECK(stage.told<updates::HeadSplit>().empty());
    CHECK(stage.told<updates::Reorg>().empty());
    CHECK_FALSE(stage.status("late").is_behind);
    // A head a slot late is timed, and late.
    const auto head = stage.head("late", 7);
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
    Stage stage{tests::scene(
        {tests::node("a", "lighthouse", 1000), tests::node("late", "grandine", 1000, {lags})})};
    stage.play_to(16);
    const auto head = stage.head("late", 6);
    REQUIRE(head.has_value());
    CHECK((head->timing.timeliness != HeadTimeliness::kLive));
    CHECK_FALSE(head->timing.delay.has_value());
    CHECK_FALSE(head->timing.is_late());
    CHECK((head->lag == 0s));
    CHECK_FALSE(head->is_first);
}

TEST_CASE("a syncing node's heads are catch-up: never best, never late, never first",
          "[scenarios][liveness]") {
    Stage stage{tests::scene(
        {tests::node("a", "lighthouse", 1000),
         tests::node("syncs", "prysm", 300, {tests::fault(FaultKind::kCatchingUp, 20, 27)})})};
    stage.play_to(34);
    std::size_t old_ones = 0;
    for (const auto& one : stage.told<NodeHead>("syncs")) {
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
    for (const auto& best : stage.told<BestHead>()) {
        const bool is_while_syncing = best.slot > 20 && best.slot <= 27;
        CHECK((!is_while_syncing || best.fact.node.name() == "a"));
    }
    // No head of the past was best, and nobody has seen a reorg in it.
    std::uint64_t highest = 0;
    for (const auto& best : stage.told<BestHead>()) {
        CHECK(best.fact.head.slot.value >= highest);
        highest = best.fact.head.slot.value;
    }
    CHECK(stage.told<updates::Reorg>().empty());
    CHECK(stage.told<updates::HeadSplit>().empty());
    CHECK(stage.told<updates::StreamBuffered>().empty());
    REQUIRE(stage.status("syncs").syncing.has_value());
    CHECK_FALSE(stage.status("syncs").syncing->is_syncing);
    const auto live = stage.head("syncs", 31);
    REQUIRE(live.has_value());
    CHECK(live->is_first);
    CHECK((live->timing.timeliness == HeadTimeliness::kLive));
}

TEST_CASE("a lone node that syncs is never best while it does", "[scenarios][liveness]") {
    Stage stage{tests::scene(
        {tests::node("syncs", "lodestar", 300, {tests::fault(FaultKind::kCatchingUp, 0, 14)})})};
    stage.play_to(22);
    for (const auto& best : stage.told<BestHead>()) {
        INFO("best " << best.fact.head.slot.value << " in slot " << best.slot);
        CHECK(best.slot >= 14);
    }
    REQUIRE(stage.snapshot().best.has_value());
    CHECK(stage.snapshot().best->head.slot.value == 21);
}
