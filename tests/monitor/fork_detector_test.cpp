#include "monitor/slots/fork_detector.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/fork_fixture.hpp"

using namespace std::chrono_literals;
using chain::Slot;
using monitor::Ancestry;
using monitor::ForkDetector;
using tests::add;
using tests::at;
using tests::head;
using tests::kAlpha;
using tests::kBeta;
using tests::kGamma;
using tests::root_of;
using tests::two_branches;
using updates::HeadSplit;
using updates::NodeBehind;
using updates::NodeId;
using Watch = tests::ForkWatch;

TEST_CASE("two branches for more than a sixth of a slot are a split", "[monitor]") {
    Watch watch;
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
    Watch watch;
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
    Watch watch;
    Ancestry chain;
    add(chain, 10, 'a', 9, 'a');
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
    Watch watch;
    Ancestry chain;
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    head(watch, kAlpha, 12, 'a', at(11, 6s));
    head(watch, kBeta, 12, 'b', at(11, 6s));
    add(chain, 10, 'a', 9, 'a');
    add(chain, 11, 'a', 10, 'a');
    add(chain, 11, 'b', 10, 'a');
    CHECK(watch.settle(chain, at(11, 11s).mono).empty());
    const auto facts = watch.settle(two_branches(), at(11, 11s).mono);
    REQUIRE(facts.size() == 1);
    CHECK_FALSE(std::get<HeadSplit>(facts.front()).is_over);
    CHECK((std::get<HeadSplit>(facts.front()).since == at(11, 1s).mono));
}

TEST_CASE("heads that differ for a moment ask for no parents", "[monitor]") {
    Watch watch;
    Ancestry chain;
    for (std::uint64_t slot = 10; slot < 20; ++slot) {
        add(chain, slot, 'a', slot - 1, 'a');
        head(watch, kAlpha, slot, 'a', at(slot, 1s));
        CHECK(watch.missing(chain, at(slot, 1500ms).mono).empty());
        head(watch, kBeta, slot, 'a', at(slot, 2s));
        CHECK(watch.settle(chain, at(slot, 11s).mono).empty());
        CHECK(watch.missing(chain, at(slot, 11s).mono).empty());
    }
}

TEST_CASE("nothing is a split before the parents prove it", "[monitor]") {
    Watch watch;
    Ancestry chain;
    add(chain, 11, 'a', 10, 'a');
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

TEST_CASE("a split that was over before the parents were known is told with its end", "[monitor]") {
    Watch watch;
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
    Watch watch;
    Ancestry chain;
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    watch.remove(kBeta, at(11, 6s).mono);
    (void)watch.settle(chain, at(15, 6s).mono);
    CHECK_FALSE(watch.missing(chain, at(15, 6s).mono).empty());
    (void)watch.settle(chain, at(15, 7s).mono);
    CHECK(watch.missing(chain, at(15, 7s).mono).empty());
}

TEST_CASE("a withdrawn head ends no split: only a head on the others' line does", "[monitor]") {
    Watch watch;
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    REQUIRE(watch.settle(chain, at(11, 11s).mono).size() == 1);
    watch.remove(kBeta, at(12).mono);
    head(watch, kAlpha, 12, 'a', at(12, 1s));
    CHECK(watch.settle(chain, at(12, 11s).mono).empty());
    SECTION("of the node itself") {
        head(watch, kBeta, 12, 'a', at(20));
    }
    SECTION("or the node is no candidate any more") {
        watch.forget(kBeta, at(20).mono);
    }
    const auto facts = watch.settle(chain, at(20).mono);
    REQUIRE(facts.size() == 1);
    CHECK(std::get<HeadSplit>(facts.front()).is_over);
}

TEST_CASE("a split is over as soon as all have one root, without a header of it", "[monitor]") {
    Watch watch;
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    REQUIRE(watch.settle(chain, at(11, 11s).mono).size() == 1);
    head(watch, kAlpha, 20, 'x', at(20, 1s));
    CHECK(watch.settle(chain, at(20, 1s).mono).empty());
    head(watch, kBeta, 20, 'x', at(20, 2s));
    const auto facts = watch.settle(chain, at(20, 2s).mono);
    REQUIRE(facts.size() == 1);
    CHECK(std::get<HeadSplit>(facts.front()).is_over);
}

TEST_CASE("the groups of a split are published again when a node changes its branch", "[monitor]") {
    Watch watch;
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    head(watch, kGamma, 11, 'a', at(11, 1s));
    REQUIRE(watch.settle(chain, at(11, 11s).mono).size() == 1);
    // On its own branch a node may be late.
    head(watch, kAlpha, 12, 'a', at(12, 1s));
    CHECK(watch.settle(chain, at(12, 1s).mono).empty());
    head(watch, kGamma, 12, 'b', at(12, 2s));
    const auto facts = watch.settle(chain, at(12, 2s).mono);
    REQUIRE_FALSE(facts.empty());
    const auto& split = std::get<HeadSplit>(facts.front());
    CHECK_FALSE(split.is_over);
    CHECK((split.since == at(11, 1s).mono));
    REQUIRE(split.branches.size() == 2);
    for (const auto& branch : split.branches) {
        CHECK((branch.nodes ==
               (branch.head == root_of(12) ? std::vector{kAlpha} : std::vector{kBeta, kGamma})));
    }
}

TEST_CASE("a split lasts however long its branches grow, and one older than all headers is found",
          "[monitor]") {
    for (const std::uint64_t blocks : {31, 32, 33, 64, 65, 1000}) {
        INFO(blocks << " blocks");
        Watch watch;
        Ancestry chain;
        std::size_t facts = 0;
        // The blocks below slot 1000 are of a time before this.
        for (std::uint64_t slot = 1001; slot <= 1000 + blocks; ++slot) {
            add(chain, slot, 'a', slot - 1, 'a');
            add(chain, slot, 'b', slot - 1, 'b');
            head(watch, kAlpha, slot, 'a', at(slot, 1s));
            head(watch, kBeta, slot, 'b', at(slot, 1s));
            facts += watch.settle(chain, at(slot, 11s).mono).size();
        }
        CHECK(facts == 1);
    }
}

TEST_CASE("an unproven node begins no split, and whose head nobody knows is in none", "[monitor]") {
    Watch watch;
    const Ancestry chain = two_branches();
    watch.forks.set_unproven(kBeta, true, at(10).mono);
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    CHECK(watch.settle(chain, at(11, 11s).mono).empty());
    watch.forks.set_unproven(kBeta, false, at(12).mono);
    REQUIRE(watch.settle(chain, at(12, 11s).mono).size() == 1);
    // It goes on with roots that nobody has a header of.
    head(watch, kBeta, 50, 'x', at(13, 1s));
    CHECK(watch.settle(chain, at(13, 11s).mono).empty());
    watch.forks.set_unproven(kBeta, true, at(14).mono);
    const auto facts = watch.settle(chain, at(14).mono);
    REQUIRE(facts.size() == 1);
    CHECK(std::get<HeadSplit>(facts.front()).is_over);
}

TEST_CASE("many different heads are compared in bounded number", "[monitor]") {
    Watch watch;
    Ancestry chain;
    for (std::uint64_t i = 0; i < 200; ++i) {
        head(watch, updates::NodeId{"node" + std::to_string(i)}, i, 'x', at(200));
    }
    const std::size_t pairs_max = ForkDetector::kHeadsMax * (ForkDetector::kHeadsMax - 1) / 2;
    CHECK(watch.missing(chain, at(201).mono).size() <= pairs_max + ForkDetector::kWaitingMax);
}
