#include <algorithm>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/chain_facts.hpp"

namespace branches_test {

using namespace std::chrono_literals;
using simulator::Fault;
using simulator::FaultKind;
using tests::ScenarioFixture;
using updates::Certainty;
using updates::HeadSplit;
using updates::Reorg;

namespace {

constexpr base::Duration kTick = 11s;

std::set<std::string> names(const HeadSplit::Branch& branch) {
    std::set<std::string> out;
    for (const auto& id : branch.nodes) {
        out.insert(id.name());
    }
    return out;
}

}  // namespace

TEST_CASE("two branches are a split when the parents prove it, and over when one is left",
          "[scenarios][branches]") {
    ScenarioFixture fixture{tests::scene(
        {tests::node("a", "lighthouse", 1000), tests::node("b", "prysm", 1100),
         tests::node("c", "grandine", 1200, {tests::fault(FaultKind::kForked, 5, 7)})})};
    fixture.play_to(12);
    const auto splits = fixture.published<HeadSplit>();
    REQUIRE(splits.size() == 2);
    const auto& begins = splits[0];
    // In the quiet part of the first slot in which they stand beside each other.
    CHECK(begins.slot == 5);
    CHECK((begins.into >= kTick));
    CHECK_FALSE(begins.fact.is_over);
    REQUIRE(begins.fact.branches.size() == 2);
    for (const auto& branch : begins.fact.branches) {
        const bool is_fork = branch.head == fixture.root(5, 5);
        CHECK(names(branch) ==
              (is_fork ? std::set<std::string>{"c"} : std::set<std::string>{"a", "b"}));
        CHECK(branch.slot.value == 5);
        CHECK((is_fork || branch.head == fixture.root(5)));
    }
    CHECK(splits[1].fact.is_over);
    CHECK(splits[1].slot == 8);
    CHECK(fixture.published<updates::NodeBehind>().empty());
    for (const char* const name : {"a", "b", "c"}) {
        CHECK(fixture.ends(name).empty());
    }
}

TEST_CASE("a reorg is told at once, unconfirmed, and confirmed with the depth of the parents",
          "[scenarios][branches]") {
    for (const bool claims_wrong : {false, true}) {
        INFO("a wrong claim " << claims_wrong);
        std::vector<Fault> faults{tests::fault(FaultKind::kForked, 5, 7)};
        if (claims_wrong) {
            faults.push_back(tests::fault(FaultKind::kWrongDepth, 8, 8));
        }
        ScenarioFixture fixture{
            tests::scene({tests::node("a", "lighthouse", 1000), tests::node("b", "prysm", 1100),
                          tests::node("c", "grandine", 1200, faults)})};
        fixture.play_to(12);
        const auto reorgs = fixture.published<Reorg>();
        REQUIRE(reorgs.size() == 2);
        CHECK((reorgs[0].fact.certainty == Certainty::kUnconfirmed));
        CHECK(reorgs[0].slot == 8);
        CHECK((reorgs[0].into == 1200ms));
        CHECK(reorgs[0].fact.depth == (claims_wrong ? 1 : 3));
        CHECK((reorgs[1].fact.certainty == Certainty::kConfirmed));
        // Alone for three slots it is unproven, until its first slot with the others is over.
        CHECK(reorgs[1].slot == 9);
        CHECK(reorgs[1].into < 100ms);
        CHECK(reorgs[1].fact.depth == 3);
        for (const auto& reorg : reorgs) {
            CHECK((reorg.fact.old_head == fixture.root(7, 5)));
            CHECK((reorg.fact.new_head == fixture.root(8)));
            REQUIRE(reorg.fact.reported_by.has_value());
            CHECK(reorg.fact.reported_by->name() == "c");
        }
    }
}

TEST_CASE("a reorg of all nodes is one reorg, and the best head goes along",
          "[scenarios][branches]") {
    const std::vector<Fault> forked{tests::fault(FaultKind::kForked, 5, 6)};
    ScenarioFixture fixture{tests::scene({tests::node("a", "lighthouse", 1000, forked),
                                          tests::node("b", "prysm", 1100, forked),
                                          tests::node("c", "grandine", 1200, forked)})};
    fixture.play_to(12);
    const auto reorgs = fixture.published<Reorg>();
    REQUIRE(reorgs.size() == 2);
    CHECK((reorgs[0].fact.certainty == Certainty::kUnconfirmed));
    CHECK((reorgs[1].fact.certainty == Certainty::kConfirmed));
    CHECK(reorgs[1].fact.depth == 2);
    CHECK((reorgs[1].fact.old_head == fixture.root(6, 5)));
    CHECK((reorgs[1].fact.new_head == fixture.root(7)));
    CHECK(fixture.published<HeadSplit>().empty());
    REQUIRE(fixture.snapshot().best.has_value());
    CHECK((fixture.snapshot().best->head.block == fixture.root(11)));
}

TEST_CASE("nodes without optional topics have reorgs too, from their best head",
          "[scenarios][branches]") {
    const std::vector<Fault> forked{tests::fault(FaultKind::kForked, 12, 13)};
    ScenarioFixture fixture{tests::scene(
        {tests::node("a", "lodestar", 1000, forked), tests::node("b", "lodestar", 1100, forked)})};
    fixture.play_to(18);
    const auto reorgs = fixture.published<Reorg>();
    REQUIRE(reorgs.size() == 1);
    CHECK((reorgs[0].fact.certainty == Certainty::kConfirmed));
    CHECK(reorgs[0].fact.depth == 2);
    CHECK_FALSE(reorgs[0].fact.reported_by.has_value());
}

TEST_CASE("a late node's older head is no split", "[scenarios][branches]") {
    Fault lag = tests::fault(FaultKind::kLagging, 5, 9);
    lag.delay = 8s;
    auto scenario = tests::scene(
        {tests::node("a", "lighthouse", 1000), tests::node("late", "prysm", 1100, {lag})});
    scenario.skipped_slots = {7};
    ScenarioFixture fixture{scenario};
    fixture.play_to(14);
    CHECK(fixture.published<HeadSplit>().empty());
    CHECK(fixture.published<Reorg>().empty());
}

TEST_CASE("a finalized checkpoint is told by each node that says so", "[scenarios][branches]") {
    ScenarioFixture fixture{
        tests::scene({tests::node("a", "lighthouse", 1000), tests::node("b", "prysm", 1100)})};
    fixture.play_to(26);
    // The first epoch that is finalised is published with the first block of epoch 3.
    for (const char* const name : {"a", "b"}) {
        const auto published = fixture.published<updates::Finalized>(name);
        REQUIRE(published.size() == 1);
        CHECK(published[0].slot == 24);
        CHECK(published[0].fact.checkpoint.epoch.value == 1);
        CHECK((published[0].fact.checkpoint.block == fixture.root(8)));
    }
}

}  // namespace branches_test
