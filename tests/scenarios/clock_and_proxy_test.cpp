#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/chain_facts.hpp"

namespace clock_and_proxy_test {

using namespace std::chrono_literals;
using Level = updates::ClockSkew::Level;
using simulator::Fault;
using simulator::FaultKind;
using tests::ScenarioFixture;
using updates::Verdict;

namespace {

simulator::Scenario three_good() {
    return tests::scene({tests::node("a", "lighthouse", 1000), tests::node("b", "prysm", 1100),
                         tests::node("c", "grandine", 1200)});
}

Fault clock_off(std::chrono::milliseconds offset) {
    Fault off = tests::fault(FaultKind::kClockOff, 0, tests::kForEver);
    off.offset = offset;
    return off;
}

}  // namespace

TEST_CASE("a clock that is off by more than a slot is doubted, and verdicts rest",
          "[scenarios][clock]") {
    for (const auto off : {30s, -30s}) {
        INFO("ahead by " << off.count() << " s");
        ScenarioFixture fixture{three_good(), {}, off};
        fixture.play_to(12);
        const auto doubts = tests::clock_levels(fixture);
        REQUIRE(doubts.size() == 1);
        const updates::ClockSkew& doubt = doubts[0].fact;
        CHECK((doubt.level == Level::kVerdictsSuspended));
        REQUIRE(doubt.offset.has_value());
        CHECK((*doubt.offset - off <= doubt.uncertainty));
        CHECK((off - *doubt.offset <= doubt.uncertainty));
        CHECK((doubt.uncertainty <= 1s));
        CHECK(doubts[0].slot <= 1);
        for (const auto& verdict : fixture.published<updates::SlotVerdict>()) {
            if (verdict.slot > doubts[0].slot + 4) {
                CHECK((verdict.fact.verdict == Verdict::kUnknown));
            }
        }
        // Heads go on all the same.
        REQUIRE(fixture.snapshot().best.has_value());
        CHECK(fixture.snapshot().best->head.slot.value == 11);
        CHECK(fixture.ends("a").empty());
    }
}

TEST_CASE("a clock that is off by seconds is told, and slots are judged on", "[scenarios][clock]") {
    for (const auto off : {4s, -4s}) {
        INFO("ahead by " << off.count() << " s");
        ScenarioFixture fixture{three_good(), {}, off};
        fixture.play_to(12);
        const auto doubts = tests::clock_levels(fixture);
        REQUIRE(doubts.size() == 1);
        CHECK((doubts[0].fact.level == Level::kSkewed));
        REQUIRE(fixture.verdict(8).has_value());
        const Verdict verdict = fixture.verdict(8)->verdict;
        // What comes before its slot is no block in time, but nobody may call it late or missed.
        CHECK((off > 0s ? verdict == Verdict::kLate
                        : verdict == Verdict::kOnTime || verdict == Verdict::kUnknown));
        REQUIRE(fixture.head("a", 8).has_value());
        // A negative delay is kept.
        REQUIRE(fixture.head("a", 8)->timing.delay.has_value());
        CHECK((*fixture.head("a", 8)->timing.delay == 1120ms + off));
    }
}

TEST_CASE("a clock that is right by half a second is not doubted, nor for one node that is wrong",
          "[scenarios][clock]") {
    ScenarioFixture right{three_good(), {}, 400ms};
    right.play_to(12);
    CHECK(tests::clock_levels(right).empty());

    auto scenario = three_good();
    scenario.nodes[1].faults.push_back(clock_off(90s));
    ScenarioFixture one_wrong{scenario};
    one_wrong.play_to(12);
    CHECK(tests::clock_levels(one_wrong).empty());
    CHECK((one_wrong.verdict(8)->verdict == Verdict::kOnTime));
}

TEST_CASE("the clock's estimate is published once a slot, doubted or not", "[scenarios][clock]") {
    ScenarioFixture fixture{three_good(), {}, 400ms};
    fixture.play_to(12);
    const auto skews = fixture.published<updates::ClockSkew>();
    // In the first half slot of a run no tick does anything.
    REQUIRE(skews.size() >= 10);
    for (std::size_t i = 1; i < skews.size(); ++i) {
        CHECK(skews[i].slot == skews[i - 1].slot + 1);
        CHECK((skews[i].fact.offset > 0s));
        CHECK((skews[i].fact.offset < 800ms));
    }
}

TEST_CASE("nodes whose clocks are off together are no better than our clock",
          "[scenarios][clock]") {
    auto scenario = three_good();
    for (auto& node : scenario.nodes) {
        node.faults.push_back(clock_off(-5s));
    }
    ScenarioFixture fixture{scenario};
    fixture.play_to(12);
    REQUIRE(tests::clock_levels(fixture).size() == 1);
    CHECK((tests::clock_levels(fixture)[0].fact.offset > 4s));
    // They hold each block back until their own clocks let it in.
    CHECK((fixture.head("b", 8)->timing.delay == base::Duration{4500ms}));
}

TEST_CASE("a proxy that gathers slots is named, and forgiven when heads come alone again",
          "[scenarios][proxy]") {
    Fault buffered = tests::fault(FaultKind::kBuffered, 4, 13);
    // Two slots of head and block.
    buffered.bytes = 1000;
    ScenarioFixture fixture{tests::scene({tests::node("direct", "prysm", 1000),
                                          tests::node("proxied", "grandine", 1100, {buffered})})};
    fixture.play_to(13);
    CHECK(fixture.status("proxied").is_buffered);
    fixture.play_to(26);
    const auto doubts = fixture.published<updates::StreamBuffered>();
    REQUIRE(doubts.size() == 2);
    CHECK(doubts[0].fact.node.name() == "proxied");
    CHECK(doubts[0].fact.is_buffered);
    CHECK_FALSE(doubts[1].fact.is_buffered);
    CHECK_FALSE(fixture.status("proxied").is_buffered);
    CHECK_FALSE(fixture.status("direct").is_buffered);
    CHECK(fixture.head("proxied", 25).has_value());
}

TEST_CASE("heads that come with the keep-alives alone are named, keep-alives beside heads are not",
          "[scenarios][proxy]") {
    ScenarioFixture fixture{tests::scene(
        {tests::node("proxied", "caplin", 6000,
                     {tests::fault(FaultKind::kBuffered, 0, tests::kForEver)}),
         tests::node("direct", "caplin", 1000),
         // Its keep-alive and its head come at one moment, again and again, in reads of their own.
         tests::node("in_step", "prysm", 0)})};
    fixture.play_to(16);
    const auto doubts = fixture.published<updates::StreamBuffered>();
    REQUIRE(doubts.size() == 1);
    CHECK(doubts[0].fact.node.name() == "proxied");
    CHECK(doubts[0].fact.is_buffered);
}

}  // namespace clock_and_proxy_test
