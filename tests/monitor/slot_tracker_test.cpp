#include "monitor/slots/slot_tracker.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"
#include "updates/chain_facts.hpp"

namespace slot_tracker_test {

using namespace std::chrono_literals;
using chain::Slot;
using monitor::SlotTracker;
using tests::at;
using tests::head_of;
using tests::header_of;
using tests::root_of;
using updates::HeadSource;
using updates::HeadSplit;
using updates::HeadTimeliness;
using updates::NodeId;
using updates::Reorg;
using updates::SlotVerdict;
using updates::Verdict;

namespace {

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};

const updates::NodeId kGamma{"gamma"};

struct Watched {
    SlotTracker watch;

    explicit Watched(const std::vector<updates::NodeId>& nodes = {kAlpha, kBeta}) {
        watch.set_slot_clock(tests::kChainClock, at(100));
        watch.set_candidates(nodes, at(100));
        for (const updates::NodeId node : nodes) {
            watch.set_good_standing(node, true);
            watch.observation_began(node, at(100));
        }
    }

    updates::HeadTiming head(const updates::NodeId& node, std::uint64_t slot, char branch,
                             base::Instant when) {
        REQUIRE(watch.admit(node));
        return watch.head(node, head_of(slot, branch), HeadSource::kStream, when, true);
    }
    SlotTracker::Facts header(std::uint64_t slot, char branch, std::uint64_t parent,
                              char parent_branch, base::Instant when) {
        return watch.header(kAlpha, header_of(slot, branch, parent, parent_branch), when);
    }
    template <class T>
    static std::vector<T> only(const SlotTracker::Facts& facts) {
        std::vector<T> out;
        for (const auto& fact : facts) {
            if (const T* const wanted = std::get_if<T>(&fact)) {
                out.push_back(*wanted);
            }
        }
        return out;
    }
};

}  // namespace

TEST_CASE("a header is requested of the node that reported the head it leads from", "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    (void)w.head(kBeta, 103, 'a', at(103, 1s));
    auto wanted = w.watch.wanted(at(103, 11s));
    REQUIRE(wanted.size() == 2);
    CHECK((wanted.front() == monitor::WantedHeader{root_of(101), kAlpha}));
    CHECK((wanted.back() == monitor::WantedHeader{root_of(103), kBeta}));
    (void)w.header(101, 'a', 100, 'a', at(103, 11s));
    (void)w.header(103, 'a', 102, 'a', at(103, 11s));
    // What lies between them is asked of the node whose head it leads from.
    wanted = w.watch.wanted(at(103, 11s));
    REQUIRE(wanted.size() == 1);
    CHECK((wanted.front() == monitor::WantedHeader{root_of(102), kBeta}));
    const auto facts = w.header(102, 'a', 101, 'a', at(103, 11s));
    CHECK(Watched::only<updates::NodeBehind>(facts).size() == 1);
    CHECK(w.watch.wanted(at(103, 11s)).empty());
}

TEST_CASE("a head is proven once its header is known and two nodes have it", "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    CHECK(w.header(101, 'a', 100, 'a', at(101, 11s)).empty());
    (void)w.head(kBeta, 101, 'a', at(101, 11500ms));
    const auto proven = Watched::only<updates::HeadProven>(w.watch.settle(at(101, 11500ms)));
    REQUIRE(proven.size() == 1);
    CHECK((proven.front() == updates::HeadProven{root_of(101), Slot{101}, root_of(100)}));
}

TEST_CASE("a cut between two nodes is a split, and its end a reorg with the right depth",
          "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    (void)w.head(kBeta, 101, 'a', at(101, 1s));
    (void)w.header(101, 'a', 100, 'a', at(101, 11s));
    (void)w.head(kAlpha, 102, 'a', at(102, 1s));
    (void)w.head(kBeta, 103, 'b', at(103, 1s));
    (void)w.watch.check(at(103, 11s));
    (void)w.header(102, 'a', 101, 'a', at(103, 11s));
    const auto facts = w.header(103, 'b', 101, 'a', at(103, 11s));
    const auto splits = Watched::only<HeadSplit>(facts);
    REQUIRE(splits.size() == 1);
    CHECK((splits.front().since == at(103, 1s).mono));
    CHECK(Watched::only<Reorg>(facts).empty());
    // Alpha comes over.
    (void)w.head(kAlpha, 103, 'b', at(104, 1s));
    const auto end = w.watch.settle(at(104, 1s));
    REQUIRE(Watched::only<HeadSplit>(end).size() == 1);
    CHECK(Watched::only<HeadSplit>(end).front().is_over);
    const auto changes = w.watch.take_node_changes();
    REQUIRE(changes.reorgs.size() == 1);
    CHECK((changes.reorgs.front().node == kAlpha));
    CHECK(changes.reorgs.front().reorg.depth == 1);
}

TEST_CASE("a head before any node can have it is neither timed nor compared, unless others have it",
          "[monitor]") {
    Watched w{{kAlpha, kBeta, kGamma}};
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    auto early = w.head(kBeta, 102, 'x', at(102, -600ms));
    CHECK((early.timeliness == HeadTimeliness::kEarly));
    CHECK_FALSE(early.delay);
    CHECK_FALSE(early.deadline);
    CHECK((w.head(kGamma, 103, 'a', at(103, -400ms)).timeliness == HeadTimeliness::kLive));
    CHECK((w.head(kAlpha, 104, 'a', at(104, -600ms)).timeliness == HeadTimeliness::kEarly));
    CHECK((w.head(kBeta, 104, 'a', at(104, -600ms)).timeliness == HeadTimeliness::kLive));
    const auto absurd = head_of(~std::uint64_t{0}, 'z');
    const auto timing = w.watch.head(kGamma, absurd, HeadSource::kStream, at(104), true);
    CHECK((timing.timeliness == HeadTimeliness::kEarly));
    CHECK_FALSE(timing.delay);
    // While our own clock is in doubt it decides nothing.
    const auto doubted =
        w.watch.head(kGamma, head_of(106, 'a'), HeadSource::kStream, at(105, 6s), false);
    CHECK((doubted.timeliness == HeadTimeliness::kLive));
}

TEST_CASE("a head that came too early counts from its own time once another node has it",
          "[monitor]") {
    Watched w{{kAlpha, kBeta}};
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    (void)w.head(kBeta, 101, 'a', at(101, 1s));
    (void)w.header(101, 'a', 100, 'a', at(101, 11s));
    CHECK((w.head(kAlpha, 102, 'a', at(102, -600ms)).timeliness == HeadTimeliness::kEarly));
    CHECK(w.watch.take_node_changes().agreed.empty());
    (void)w.head(kBeta, 102, 'a', at(102, -500ms));
    CHECK_FALSE(w.watch.is_quiet());
    const auto changes = w.watch.take_node_changes();
    REQUIRE(changes.agreed.size() == 1);
    CHECK((changes.agreed.front().first == kAlpha));
    CHECK((changes.agreed.front().second.head.block == root_of(102)));
    (void)w.header(102, 'a', 101, 'a', at(102, 11s));
    // Alpha is not behind with the block that it had first.
    CHECK(Watched::only<updates::NodeBehind>(w.watch.check(at(103, 11s))).empty());
    const auto verdicts = Watched::only<SlotVerdict>(w.watch.check(at(104, 1s)));
    REQUIRE_FALSE(verdicts.empty());
    CHECK((verdicts.back().slot == chain::Slot{102}));
    CHECK((verdicts.back().first_reported_by == kAlpha));
    CHECK((verdicts.back().delay == -600ms));
}

TEST_CASE("an early head is early however often it is told", "[monitor]") {
    Watched w{{kAlpha, kBeta}};
    for (int times = 0; times < 3; ++times) {
        CHECK((w.head(kAlpha, 102, 'a', at(102, -5s)).timeliness == HeadTimeliness::kEarly));
    }
    (void)w.head(kBeta, 102, 'a', at(102, 1s));
    const auto agreed = w.watch.take_node_changes().agreed;
    REQUIRE(agreed.size() == 1);
    CHECK((agreed.front().second.timing.delay == -5s));
}

TEST_CASE("an early head that its node left is used no more", "[monitor]") {
    Watched w{{kAlpha, kBeta}};
    (void)w.head(kAlpha, 102, 'a', at(102, -600ms));
    SECTION("for another head") {
        (void)w.head(kAlpha, 102, 'b', at(102, 1s));
    }
    SECTION("with its stream") {
        w.watch.head_retracted(kAlpha, at(102, 1s));
    }
    (void)w.head(kBeta, 102, 'a', at(102, 2s));
    CHECK(w.watch.take_node_changes().agreed.empty());
}

TEST_CASE("no node's heads take the headers of a slot from the other nodes' heads", "[monitor]") {
    Watched w{{kAlpha, kBeta, kGamma}};
    (void)w.head(kBeta, 101, 'a', at(101, 1s));
    (void)w.header(101, 'a', 100, 'a', at(101, 11s));
    // Each on a branch of its own.
    for (char branch = 'A'; branch <= 'T'; ++branch) {
        (void)w.head(kAlpha, 200, branch, at(200, 1s));
    }
    (void)w.head(kGamma, 200, 'g', at(200, 1s));
    (void)w.watch.check(at(200, 11s));
    std::map<chain::Root, std::pair<std::uint64_t, char>> blocks;
    for (std::uint64_t slot = 102; slot <= 200; ++slot) {
        for (const char branch : std::string{"ABCDEFGHIJKLMNOPQRSTg"}) {
            blocks[root_of(slot, branch)] = {slot, branch};
        }
    }
    std::map<std::optional<NodeId>, std::size_t> requested;
    for (auto wanted = w.watch.wanted(at(200, 11s)); !wanted.empty();
         wanted = w.watch.wanted(at(200, 11s))) {
        for (const auto& one : wanted) {
            const auto [slot, branch] = blocks.at(one.root);
            (void)w.header(slot, branch, slot - 1, branch, at(200, 11s));
            ++requested[one.source];
        }
    }
    CHECK(requested[kAlpha] + requested[kGamma] == SlotTracker::kStepsMax);
    CHECK(requested[kGamma] >= SlotTracker::kStepsMax / 2);
}

TEST_CASE("a slot's headers are bounded, and one that nobody knows waits for the next slot",
          "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    (void)w.header(101, 'a', 100, 'a', at(101, 11s));
    (void)w.head(kBeta, 300, 'b', at(300, 1s));
    (void)w.watch.check(at(300, 11s));
    std::size_t requested = 0;
    std::uint64_t slot = 300;
    while (!w.watch.wanted(at(300, 11s)).empty() && requested < 1000) {
        REQUIRE((w.watch.wanted(at(300, 11s)).front().root == root_of(slot, 'b')));
        (void)w.header(slot, 'b', slot - 1, 'b', at(300, 11s));
        --slot;
        ++requested;
    }
    CHECK(requested == SlotTracker::kStepsMax);
    (void)w.watch.check(at(301, 11s));
    CHECK(w.watch.wanted(at(301, 11s)).size() == 1);

    Watched other;
    (void)other.head(kAlpha, 102, 'a', at(102, 1s));
    CHECK(other.watch.wanted(at(102, 11s)).size() == 1);
    other.watch.header_failed(root_of(102));
    CHECK(other.watch.wanted(at(102, 11s)).empty());
    (void)other.watch.check(at(103, 11s));
    CHECK(other.watch.wanted(at(103, 11s)).size() == 1);
}

TEST_CASE("a node that catches up makes no split, no lag, no verdict and is never late",
          "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 200, 'a', at(200, 1s));
    (void)w.header(200, 'a', 199, 'a', at(200, 2s));
    w.watch.set_syncing(kBeta, true);
    for (std::uint64_t slot = 150; slot < 200; ++slot) {
        const auto timing = w.head(kBeta, slot, 'a', at(200, 3s));
        CHECK((timing.timeliness == HeadTimeliness::kBackfill));
        CHECK_FALSE(timing.is_late());
    }
    CHECK(w.watch.check(at(200, 11s)).empty());
    CHECK(w.watch.wanted(at(200, 11s)).empty());
}

TEST_CASE("an optimistic head makes no split", "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    auto optimistic = head_of(101, 'b');
    optimistic.execution_optimistic = true;
    (void)w.watch.head(kBeta, optimistic, HeadSource::kStream, at(101, 1s), true);
    (void)w.header(101, 'a', 100, 'a', at(101, 11s));
    (void)w.header(101, 'b', 100, 'a', at(101, 11s));
    CHECK(Watched::only<HeadSplit>(w.watch.check(at(101, 11s))).empty());
}

TEST_CASE("verdicts rest while the clock is in doubt, and go on after it", "[monitor]") {
    Watched w{{kAlpha}};
    for (std::uint64_t slot = 101; slot < 110; ++slot) {
        (void)w.head(kAlpha, slot, 'a', at(slot, 1s));
        w.watch.suspend_verdicts(slot < 106);
        (void)w.header(slot, 'a', slot - 1, 'a', at(slot, 10s));
        const auto verdicts = Watched::only<SlotVerdict>(w.watch.check(at(slot, 11s)));
        REQUIRE(verdicts.size() == (slot < 106 ? 0 : 1));
        if (slot >= 106) {
            CHECK((verdicts.front().slot == Slot{slot - 2}));
            CHECK((verdicts.front().verdict == Verdict::kOnTime));
        }
    }
}

TEST_CASE("a slot is missed when a proven head is built on one before it", "[monitor]") {
    for (const bool is_proven : {false, true}) {
        Watched w;
        for (const updates::NodeId node : {kAlpha, kBeta}) {
            (void)w.head(node, 100, 'a', at(100, 1s));
        }
        (void)w.header(100, 'a', 99, 'a', at(100, 11s));
        (void)w.head(kAlpha, 102, 'a', at(102, 1s));
        if (is_proven) {
            (void)w.head(kBeta, 102, 'a', at(102, 1s));
        }
        (void)w.header(102, 'a', 100, 'a', at(102, 11s));
        const auto verdicts = Watched::only<SlotVerdict>(w.watch.check(at(103)));
        REQUIRE(verdicts.size() == 1);
        CHECK((verdicts.front().verdict == (is_proven ? Verdict::kMissed : Verdict::kUnknown)));
    }
}

TEST_CASE("after another chain was followed nothing of the old one proves anything", "[monitor]") {
    Watched w{{kAlpha}};
    (void)w.head(kAlpha, 5000, 'a', at(5000, 1s));
    (void)w.header(5000, 'a', 4000, 'a', at(5000, 11s));
    const chain::SlotClock anew{tests::kChainClock.start_of(Slot{4900}), 12s};
    w.watch.set_slot_clock(anew, at(5000));
    for (const auto& verdict : Watched::only<SlotVerdict>(w.watch.check(at(5010)))) {
        CHECK((verdict.verdict == Verdict::kUnknown));
    }
}

TEST_CASE("a candidate that left the list is in nothing any more", "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    (void)w.head(kBeta, 101, 'b', at(101, 1s));
    w.watch.set_syncing(kBeta, true);
    w.watch.set_candidates({kAlpha}, at(101, 2s));
    (void)w.watch.check(at(101, 11s));
    REQUIRE(w.watch.wanted(at(101, 11s)).size() == 1);
    CHECK((w.watch.wanted(at(101, 11s)).front().root == root_of(101)));
    w.watch.set_candidates({kAlpha, kBeta}, at(102));
    CHECK((w.head(kBeta, 102, 'b', at(102, 1s)).timeliness == HeadTimeliness::kLive));
}

}  // namespace slot_tracker_test
