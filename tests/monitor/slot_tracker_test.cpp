#include "monitor/slots/slot_tracker.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"
#include "updates/chain_facts.hpp"

using namespace std::chrono_literals;
using chain::Slot;
using monitor::SlotTracker;
using tests::at;
using tests::head_of;
using tests::header_of;
using tests::root_of;
using updates::Certainty;
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

struct Watched {
    SlotTracker watch;

    Watched() {
        watch.set_slot_clock(tests::kChainClock, at(100));
        watch.set_candidates({kAlpha, kBeta}, at(100));
        watch.observation_began(kAlpha, at(100));
        watch.observation_began(kBeta, at(100));
    }

    updates::HeadTiming head(const updates::NodeId& node, std::uint64_t slot, char branch,
                             base::Instant when) {
        return watch.head(node, head_of(slot, branch), HeadSource::kStream, when);
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

TEST_CASE("a header is asked of the node that reported the head it leads from", "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    CHECK(w.watch.best_head(head_of(101), at(101, 1s)).empty());
    (void)w.head(kBeta, 103, 'a', at(103, 1s));
    CHECK(w.watch.best_head(head_of(103), at(103, 1s)).empty());
    auto wanted = w.watch.wanted(at(103, 1s));
    REQUIRE(wanted.size() == 1);
    CHECK((wanted.front() == monitor::WantedHeader{root_of(103), kBeta}));
    // The parent of a head is asked of the same node.
    CHECK(w.watch.header(header_of(103, 'a', 102, 'a'), at(103, 11s)).empty());
    wanted = w.watch.wanted(at(103, 11s));
    REQUIRE(wanted.size() == 1);
    CHECK((wanted.front() == monitor::WantedHeader{root_of(102), kBeta}));
    // Alpha is behind.
    CHECK(w.watch.header(header_of(102, 'a', 101, 'a'), at(103, 11s)).size() == 1);
    CHECK(w.watch.wanted(at(103, 11s)).empty());
}

TEST_CASE("a cut between two nodes is a split, and its end a reorg with the right depth",
          "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    (void)w.head(kBeta, 101, 'a', at(101, 1s));
    CHECK(w.watch.best_head(head_of(101), at(101, 1s)).empty());
    (void)w.head(kAlpha, 102, 'a', at(102, 1s));
    CHECK(w.watch.best_head(head_of(102), at(102, 1s)).empty());
    (void)w.head(kBeta, 103, 'b', at(103, 1s));
    (void)w.watch.best_head(head_of(103, 'b'), at(103, 1s));
    (void)w.watch.check(at(103, 11s));
    (void)w.watch.header(header_of(102, 'a', 101, 'a'), at(103, 11s));
    const auto facts = w.watch.header(header_of(103, 'b', 101, 'a'), at(103, 11s));
    const auto splits = Watched::only<HeadSplit>(facts);
    REQUIRE(splits.size() == 1);
    CHECK((splits.front().since == at(103, 1s).mono));
    const auto reorgs = Watched::only<Reorg>(facts);
    REQUIRE(reorgs.size() == 1);
    CHECK(reorgs.front().depth == 1);
    CHECK((reorgs.front().certainty == Certainty::kConfirmed));
    // Alpha comes over.
    (void)w.head(kAlpha, 103, 'b', at(104, 1s));
    const auto end = Watched::only<HeadSplit>(w.watch.check(at(104, 11s)));
    REQUIRE(end.size() == 1);
    CHECK(end.front().is_over);
}

TEST_CASE("a slot's headers are bounded, and one that nobody knows waits for the next slot",
          "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    (void)w.watch.best_head(head_of(101), at(101, 1s));
    (void)w.head(kBeta, 300, 'b', at(300, 1s));
    (void)w.watch.best_head(head_of(300, 'b'), at(300, 1s));
    (void)w.watch.check(at(300, 11s));
    std::size_t asked = 0;
    std::uint64_t slot = 300;
    while (!w.watch.wanted(at(300, 11s)).empty() && asked < 1000) {
        REQUIRE((w.watch.wanted(at(300, 11s)).front().root == root_of(slot, 'b')));
        (void)w.watch.header(header_of(slot, 'b', slot - 1, 'b'), at(300, 11s));
        --slot;
        ++asked;
    }
    CHECK(asked <= SlotTracker::kStepsMax);

    Watched spent;
    (void)spent.head(kAlpha, 101, 'a', at(101, 1s));
    (void)spent.watch.best_head(head_of(101), at(101, 1s));
    (void)spent.head(kAlpha, 102, 'a', at(102, 1s));
    (void)spent.watch.best_head(head_of(102), at(102, 1s));
    for (std::uint64_t i = 0; i < SlotTracker::kStepsMax; ++i) {
        CHECK(spent.watch.wanted(at(102, 11s)).size() == 1);
        (void)spent.watch.header(header_of(50 + i, 'x', 49 + i, 'x'), at(102, 11s));
    }
    CHECK(spent.watch.wanted(at(102, 11s)).empty());
    (void)spent.watch.check(at(103, 11s));
    CHECK(spent.watch.wanted(at(103, 11s)).size() == 1);

    Watched other;
    (void)other.head(kAlpha, 101, 'a', at(101, 1s));
    (void)other.watch.best_head(head_of(101), at(101, 1s));
    (void)other.head(kAlpha, 102, 'a', at(102, 1s));
    (void)other.watch.best_head(head_of(102), at(102, 1s));
    other.watch.header_failed(root_of(102));
    CHECK(other.watch.wanted(at(102, 11s)).empty());
    (void)other.watch.check(at(103, 11s));
    CHECK(other.watch.wanted(at(103, 11s)).size() == 1);
}

TEST_CASE("a node that catches up makes no split, no lag, no verdict and is never late",
          "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 200, 'a', at(200, 1s));
    (void)w.watch.best_head(head_of(200), at(200, 1s));
    w.watch.set_syncing(kBeta, true);
    for (std::uint64_t slot = 110; slot < 200; ++slot) {
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
    (void)w.watch.head(kBeta, optimistic, HeadSource::kStream, at(101, 1s));
    CHECK(w.watch.check(at(101, 11s)).empty());
    CHECK(w.watch.wanted(at(101, 11s)).empty());
}

TEST_CASE("verdicts rest while the clock is in doubt, and go on after it", "[monitor]") {
    Watched w;
    for (std::uint64_t slot = 101; slot < 110; ++slot) {
        (void)w.head(kAlpha, slot, 'a', at(slot, 1s));
        w.watch.suspend_verdicts(slot < 106);
        const auto verdicts = Watched::only<SlotVerdict>(w.watch.check(at(slot, 11s)));
        REQUIRE(verdicts.size() == (slot < 106 ? 0 : 1));
        if (slot >= 106) {
            CHECK((verdicts.front().slot == Slot{slot - 2}));
            CHECK((verdicts.front().verdict == Verdict::kOnTime));
        }
    }
}

TEST_CASE("what a block event or a header tells of a slot keeps it from being missed",
          "[monitor]") {
    for (const int way : {0, 1, 2}) {
        Watched w;
        if (way == 1) {
            w.watch.block({Slot{101}, root_of(101), false});
        } else if (way == 2) {
            (void)w.watch.header(header_of(101, 'a', 100, 'a'), at(102, 1s));
        }
        (void)w.head(kAlpha, 102, 'a', at(102, 1s));
        const auto verdicts = Watched::only<SlotVerdict>(w.watch.check(at(103)));
        REQUIRE(verdicts.size() == 1);
        CHECK((verdicts.front().verdict == (way == 0 ? Verdict::kMissed : Verdict::kUnknown)));
    }
}

TEST_CASE("a candidate that left the list is in nothing any more", "[monitor]") {
    Watched w;
    (void)w.head(kAlpha, 101, 'a', at(101, 1s));
    (void)w.head(kBeta, 101, 'b', at(101, 1s));
    w.watch.set_syncing(kBeta, true);
    w.watch.set_candidates({kAlpha}, at(101, 2s));
    (void)w.watch.check(at(101, 11s));
    CHECK(w.watch.wanted(at(101, 11s)).empty());
    w.watch.set_candidates({kAlpha, kBeta}, at(102));
    CHECK((w.head(kBeta, 102, 'b', at(102, 1s)).timeliness == HeadTimeliness::kLive));
}
