#include <catch2/catch.hpp>

#include "monitor/slots/fork_detector.hpp"
#include "tests/monitor/fork_fixture.hpp"

namespace behind_test {

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

TEST_CASE("a node on an ancestor is behind and in no branch of a split", "[monitor]") {
    Watch watch;
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
    Watch watch;
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
    Watch watch;
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 10, 'a', at(10, 1s));
    head(watch, kBeta, 11, 'a', at(11, 1s));
    REQUIRE(watch.settle(chain, at(11, 11s).mono).size() == 1);
    head(watch, kBeta, 12, 'a', at(12, 1s));
    CHECK(watch.settle(chain, at(12, 1s).mono).empty());
    CHECK(watch.settle(chain, at(12, 11s).mono).empty());
    // Its parent is not known yet.
    head(watch, kBeta, 14, 'a', at(14, 1s));
    CHECK(watch.settle(chain, at(14, 11s).mono).empty());
    head(watch, kBeta, 13, 'a', at(15, 1s));
    head(watch, kAlpha, 13, 'a', at(15, 2s));
    const auto facts = watch.settle(chain, at(15, 2s).mono);
    REQUIRE(facts.size() == 1);
    CHECK_FALSE(std::get<NodeBehind>(facts.front()).is_behind);
}

TEST_CASE("a node that was behind when its head was withdrawn comes back level", "[monitor]") {
    Watch watch;
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
    Watch watch;
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

TEST_CASE("a node that stands still stays behind however far the others go", "[monitor]") {
    Watch watch;
    Ancestry chain;
    add(chain, 10, 'a', 9, 'a');
    head(watch, kBeta, 10, 'a', at(10, 1s));
    std::size_t facts = 0;
    for (std::uint64_t slot = 11; slot <= 1100; ++slot) {
        add(chain, slot, 'a', slot - 1, 'a');
        head(watch, kAlpha, slot, 'a', at(slot, 1s));
        facts += watch.settle(chain, at(slot, 11s).mono).size();
    }
    CHECK(facts == 1);
    SECTION("also when those in front are gone") {
        watch.remove(kAlpha, at(1101).mono);
        CHECK(watch.settle(chain, at(1101, 11s).mono).empty());
    }
    head(watch, kBeta, 1100, 'a', at(1102));
    const auto level = watch.settle(chain, at(1102).mono);
    REQUIRE(level.size() == 1);
    CHECK_FALSE(std::get<NodeBehind>(level.front()).is_behind);
}

TEST_CASE("where three nodes are in good standing one alone shows nobody to be behind",
          "[monitor]") {
    Watch watch;
    const Ancestry chain = two_branches();
    const updates::NodeId liar{"liar"};
    for (const updates::NodeId node : {kAlpha, kBeta, liar}) {
        watch.claims.set_good_standing(node, true);
    }
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'a', at(11, 1s));
    head(watch, liar, 12, 'a', at(12, 1s));
    watch.claims.reported(liar, tests::head_of(12), true, chain);
    (void)watch.claims.settle(chain);
    CHECK(watch.settle(chain, at(12, 11s).mono).empty());
    // A second one has it.
    head(watch, kAlpha, 12, 'a', at(13, 1s));
    watch.claims.reported(kAlpha, tests::head_of(12), true, chain);
    (void)watch.claims.settle(chain);
    const auto facts = watch.settle(chain, at(13, 11s).mono);
    REQUIRE(facts.size() == 1);
    CHECK((std::get<NodeBehind>(facts.front()).node == kBeta));
}

TEST_CASE("an unknown root of one node keeps nobody else in a split or behind", "[monitor]") {
    Watch watch;
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s));
    head(watch, kGamma, 99, 'x', at(11, 1s));
    REQUIRE(watch.settle(chain, at(11, 11s).mono).size() == 1);
    head(watch, kAlpha, 13, 'a', at(13, 1s));
    head(watch, kBeta, 12, 'a', at(13, 1s));
    const auto facts = watch.settle(chain, at(13, 1s).mono);
    REQUIRE(facts.size() == 1);
    CHECK(std::get<HeadSplit>(facts.front()).is_over);
    REQUIRE(watch.settle(chain, at(13, 11s).mono).size() == 1);
    head(watch, kBeta, 13, 'a', at(14, 1s));
    const auto level = watch.settle(chain, at(14, 1s).mono);
    REQUIRE(level.size() == 1);
    CHECK_FALSE(std::get<NodeBehind>(level.front()).is_behind);
}

TEST_CASE("a head that is not verified moves its node, and is no evidence about others",
          "[monitor]") {
    Watch watch;
    const Ancestry chain = two_branches();
    head(watch, kAlpha, 11, 'a', at(11, 1s));
    head(watch, kBeta, 11, 'b', at(11, 1s), true);
    CHECK(watch.settle(chain, at(11, 11s).mono).empty());
    head(watch, kAlpha, 12, 'a', at(12, 1s));
    head(watch, kGamma, 11, 'a', at(12, 1s));
    REQUIRE(watch.settle(chain, at(12, 11s).mono).size() == 1);
    // Gamma is level, though it has not verified it.
    head(watch, kGamma, 12, 'a', at(13, 1s), true);
    const auto level = watch.settle(chain, at(13, 1s).mono);
    REQUIRE(level.size() == 1);
    CHECK_FALSE(std::get<NodeBehind>(level.front()).is_behind);
}

}  // namespace behind_test
