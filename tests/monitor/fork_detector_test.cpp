#include "monitor/slots/fork_detector.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"
#include "updates/chain_facts.hpp"

using namespace std::chrono_literals;
using chain::Slot;
using monitor::Ancestry;
using monitor::ForkDetector;
using tests::at;
using tests::root_of;
using updates::HeadSplit;
using updates::NodeBehind;
using updates::NodeId;
using updates::SlotFact;

namespace {

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};
const updates::NodeId kGamma{"gamma"};

void add(Ancestry& chain, std::uint64_t slot, char branch, std::uint64_t parent,
         char parent_branch) {
    chain.add_header(root_of(slot, branch), Slot{slot}, root_of(parent, parent_branch));
}

/// 10a, on it 11a ← 12a ← 13a and 11b ← 12b.
Ancestry two_branches() {
    Ancestry chain;
    chain.add_block(root_of(10), Slot{10});
    add(chain, 11, 'a', 10, 'a');
    add(chain, 12, 'a', 11, 'a');
    add(chain, 13, 'a', 12, 'a');
    add(chain, 11, 'b', 10, 'a');
    add(chain, 12, 'b', 11, 'b');
    return chain;
}

void head(ForkDetector& watch, const updates::NodeId& node, std::uint64_t slot, char branch,
          base::Instant when) {
    watch.head(node, root_of(slot, branch), Slot{slot}, when.mono);
}

}  // namespace

TEST_CASE("two branches for more than a sixth of a slot are a split", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 2s));
    head(watch, kGamma, 11, 'a', at(11, 3s));
    CHECK(watch.settle(chain, at(11, 4s).mono).empty());
    const auto facts = watch.settle(chain, at(11, 4001ms).mono);
    REQUIRE(facts.size() == 1);
    const auto& split = std::get<HeadSplit>(facts.front());
    CHECK_FALSE(split.is_over);
    CHECK((split.since == at(11, 2s).mono));
    REQUIRE(split.branches.size() == 2);
    for (const auto& branch : split.branches) {
        CHECK((branch.slot == Slot{11}));
        CHECK((branch.nodes ==
               (branch.head == root_of(11) ? std::vector{kAlpha, kGamma} : std::vector{kBeta})));
    }
    CHECK(watch.settle(chain, at(11, 9s).mono).empty());
}

TEST_CASE("a split that goes on over slots is told once, and once when it is over", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    REQUIRE(watch.settle(chain, at(11, 11s).mono).size() == 1);
    head(watch, kAlpha, 12, 'a', at(12, 1s));
    CHECK(watch.settle(chain, at(12, 1s).mono).empty());
    head(watch, kBeta, 12, 'b', at(12, 2s));
    CHECK(watch.settle(chain, at(12, 11s).mono).empty());
    head(watch, kAlpha, 13, 'a', at(13, 1s));
    head(watch, kBeta, 13, 'a', at(13, 2s));
    const auto facts = watch.settle(chain, at(13, 11s).mono);
    REQUIRE(facts.size() == 1);
    CHECK((std::get<HeadSplit>(facts.front()) == HeadSplit{{}, at(11, 1s).mono, true}));
    CHECK(watch.settle(chain, at(14, 11s).mono).empty());
}

TEST_CASE("a split is not over while the parents of its new heads are not known", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    Ancestry chain;
    chain.add_block(root_of(10), Slot{10});
    add(chain, 11, 'a', 10, 'a');
    add(chain, 11, 'b', 10, 'a');
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    REQUIRE(watch.settle(chain, at(11, 11s).mono).size() == 1);
    head(watch, kAlpha, 12, 'a', at(12, 1s));
    head(watch, kBeta, 12, 'b', at(12, 1s));
    CHECK(watch.settle(chain, at(12, 11s).mono).empty());
    // Both come together, and only then it is learned that those were branches too.
    head(watch, kAlpha, 13, 'a', at(13, 1s));
    head(watch, kBeta, 13, 'a', at(13, 1s));
    const auto over = watch.settle(chain, at(13, 2s).mono);
    REQUIRE(over.size() == 1);
    CHECK(std::get<HeadSplit>(over.front()).is_over);
    CHECK(watch.settle(two_branches(), at(13, 11s).mono).empty());
}

TEST_CASE("a split that goes on under new heads is not told as over in between", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    Ancestry chain;
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    head(watch, kAlpha, 12, 'a', at(11, 6s));
    head(watch, kBeta, 12, 'b', at(11, 6s));
    chain.add_block(root_of(10), Slot{10});
    add(chain, 11, 'a', 10, 'a');
    add(chain, 11, 'b', 10, 'a');
    CHECK(watch.settle(chain, at(11, 11s).mono).empty());
    const auto facts = watch.settle(two_branches(), at(11, 11s).mono);
    REQUIRE(facts.size() == 1);
    CHECK_FALSE(std::get<HeadSplit>(facts.front()).is_over);
    CHECK((std::get<HeadSplit>(facts.front()).since == at(11, 1s).mono));
}

TEST_CASE("heads that differ for a moment ask for no parents", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    Ancestry chain;
    for (std::uint64_t slot = 10; slot < 20; ++slot) {
        chain.add_block(root_of(slot), Slot{slot});
        head(watch, kAlpha, slot, 'a', at(slot, 1s));
        CHECK(watch.missing(chain, at(slot, 1500ms).mono).empty());
        head(watch, kBeta, slot, 'a', at(slot, 2s));
        CHECK(watch.settle(chain, at(slot, 11s).mono).empty());
        CHECK(watch.missing(chain, at(slot, 11s).mono).empty());
    }
}

TEST_CASE("nothing is a split before the parents prove it", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    Ancestry chain;
    chain.add_block(root_of(11), Slot{11});
    chain.add_block(root_of(12), Slot{12});
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 12, 'a', at(12, 1s));
    CHECK(watch.settle(chain, at(12, 11s).mono).empty());
    const auto missing = watch.missing(chain, at(12, 11s).mono);
    REQUIRE(missing.size() == 1);
    CHECK((missing.front().root == root_of(12)));
    CHECK((missing.front().head == root_of(12)));
    const auto facts = watch.settle(two_branches(), at(12, 11s).mono);
    REQUIRE(facts.size() == 1);
    CHECK((std::get<NodeBehind>(facts.front()) == NodeBehind{kAlpha, true, Slot{11}, Slot{12}}));
}

TEST_CASE("a node on an ancestor is behind and in no branch of a split", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 10, 'a', at(10, 1s));
    head(watch, kBeta, 12, 'b', at(12, 1s));
    head(watch, kGamma, 13, 'a', at(13, 1s));
    const auto facts = watch.settle(chain, at(13, 11s).mono);
    REQUIRE(facts.size() == 2);
    const auto& split = std::get<HeadSplit>(facts.front());
    REQUIRE(split.branches.size() == 2);
    CHECK((split.branches.front().nodes == std::vector{kGamma}));
    CHECK((split.branches.back().nodes == std::vector{kBeta}));
    CHECK((std::get<NodeBehind>(facts.back()) == NodeBehind{kAlpha, true, Slot{10}, Slot{13}}));
}

TEST_CASE("a node that caught up is told to be behind no more", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 12, 'a', at(12, 1s));
    REQUIRE(watch.settle(chain, at(12, 11s).mono).size() == 1);
    CHECK(watch.settle(chain, at(12, 11s).mono).empty());
    head(watch, kAlpha, 12, 'a', at(13, 1s));
    const auto facts = watch.settle(chain, at(13, 1s).mono);
    REQUIRE(facts.size() == 1);
    CHECK_FALSE(std::get<NodeBehind>(facts.front()).is_behind);
}

TEST_CASE("a node stays behind while the heads in front of it move on", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 10, 'a', at(10, 1s));
    head(watch, kBeta, 11, 'a', at(11, 1s));
    REQUIRE(watch.settle(chain, at(11, 11s).mono).size() == 1);
    head(watch, kBeta, 12, 'a', at(12, 1s));
    CHECK(watch.settle(chain, at(12, 1s).mono).empty());
    CHECK(watch.settle(chain, at(12, 11s).mono).empty());
    // Its parent is not known yet.
    watch.head(kBeta, root_of(14, 'a'), Slot{14}, at(14, 1s).mono);
    CHECK(watch.settle(chain, at(14, 11s).mono).empty());
    head(watch, kBeta, 13, 'a', at(15, 1s));
    head(watch, kAlpha, 13, 'a', at(15, 2s));
    const auto facts = watch.settle(chain, at(15, 2s).mono);
    REQUIRE(facts.size() == 1);
    CHECK_FALSE(std::get<NodeBehind>(facts.front()).is_behind);
}

TEST_CASE("a node that was behind when its head was withdrawn comes back level", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 12, 'a', at(12, 1s));
    REQUIRE(watch.settle(chain, at(12, 11s).mono).size() == 1);
    watch.remove(kAlpha, at(13, 0s).mono);
    CHECK(watch.settle(chain, at(13, 11s).mono).empty());
    head(watch, kAlpha, 12, 'a', at(14, 1s));
    const auto facts = watch.settle(chain, at(14, 1s).mono);
    REQUIRE(facts.size() == 1);
    CHECK((std::get<NodeBehind>(facts.front()) == NodeBehind{kAlpha, false, Slot{12}, Slot{12}}));
}

TEST_CASE("a node that left the list while it was behind is new when it is back", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 12, 'a', at(12, 1s));
    REQUIRE(watch.settle(chain, at(12, 11s).mono).size() == 1);
    watch.forget(kAlpha, at(13, 0s).mono);
    head(watch, kAlpha, 11, 'a', at(13, 1s));
    const auto facts = watch.settle(chain, at(13, 11s).mono);
    REQUIRE(facts.size() == 1);
    CHECK(std::get<NodeBehind>(facts.front()).is_behind);
}

TEST_CASE("a split that was over before the parents were known is told with its end", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    Ancestry chain;
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    head(watch, kAlpha, 12, 'b', at(11, 6s));
    head(watch, kBeta, 12, 'b', at(11, 6s));
    CHECK(watch.settle(chain, at(11, 7s).mono).empty());
    CHECK_FALSE(watch.missing(chain, at(11, 7s).mono).empty());
    const auto facts = watch.settle(two_branches(), at(11, 11s).mono);
    REQUIRE(facts.size() == 2);
    const auto& began = std::get<HeadSplit>(facts.front());
    CHECK((began.since == at(11, 1s).mono));
    REQUIRE(began.branches.size() == 2);
    CHECK(began.branches.front().nodes.size() == 1);
    CHECK(std::get<HeadSplit>(facts.back()).is_over);
    CHECK(watch.settle(two_branches(), at(12, 11s).mono).empty());
}

TEST_CASE("a pair whose parents nobody knows is given up after a while", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    Ancestry chain;
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    watch.remove(kBeta, at(11, 6s).mono);
    (void)watch.settle(chain, at(15, 6s).mono);
    CHECK_FALSE(watch.missing(chain, at(15, 6s).mono).empty());
    (void)watch.settle(chain, at(15, 7s).mono);
    CHECK(watch.missing(chain, at(15, 7s).mono).empty());
}

TEST_CASE("a withdrawn head ends a split", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    REQUIRE(watch.settle(chain, at(11, 11s).mono).size() == 1);
    watch.remove(kBeta, at(12).mono);
    const auto facts = watch.settle(chain, at(12).mono);
    REQUIRE(facts.size() == 1);
    CHECK(std::get<HeadSplit>(facts.front()).is_over);
}

TEST_CASE("many different heads are compared in bounded number", "[monitor]") {
    ForkDetector watch;
    watch.set_limits(2s, 48s);
    Ancestry chain;
    for (std::uint64_t i = 0; i < 200; ++i) {
        head(watch, updates::NodeId{"node" + std::to_string(i)}, i, 'x', at(200));
    }
    const std::size_t pairs_max = ForkDetector::kHeadsMax * (ForkDetector::kHeadsMax - 1) / 2;
    CHECK(watch.missing(chain, at(201).mono).size() <= pairs_max + ForkDetector::kWaitingMax);
}
