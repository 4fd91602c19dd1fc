#include "monitor/slots/reorg_detector.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"
#include "updates/chain_facts.hpp"

using namespace std::chrono_literals;
using chain::Slot;
using monitor::Ancestry;
using monitor::ReorgDetector;
using tests::at;
using tests::root_of;
using updates::Certainty;
using updates::NodeId;
using updates::Reorg;

namespace {

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};

void add(Ancestry& chain, std::uint64_t slot, char branch, std::uint64_t parent,
         char parent_branch) {
    chain.add_header(root_of(slot, branch), Slot{slot}, root_of(parent, parent_branch));
}

/// The reorg that a real node went through: 55a ← 57a ← 61a lost against 55a ← 56b ← 58b ← 60b.
Ancestry real_reorg() {
    Ancestry chain;
    chain.add_block(root_of(55), Slot{55});
    add(chain, 57, 'a', 55, 'a');
    add(chain, 61, 'a', 57, 'a');
    add(chain, 56, 'b', 55, 'a');
    add(chain, 58, 'b', 56, 'b');
    add(chain, 60, 'b', 58, 'b');
    add(chain, 62, 'b', 60, 'b');
    return chain;
}

beacon_api::ChainReorgEvent event_of(const chain::Root& from, const chain::Root& to,
                                     std::uint64_t depth) {
    beacon_api::ChainReorgEvent event;
    event.old_head_block = from;
    event.new_head_block = to;
    event.depth = depth;
    return event;
}

}  // namespace

TEST_CASE("a chain that grows is no reorg, with skipped slots too", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    for (const std::uint64_t slot : {55, 57, 61}) {
        watch.best_head(root_of(slot), at(slot).mono);
        CHECK(watch.settle(chain, at(slot, 11s).mono).empty());
    }
    CHECK(watch.missing(chain).empty());
}

TEST_CASE("a reorg's depth is the number of blocks dropped, whatever its path", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    watch.best_head(root_of(61), at(61).mono);
    // The head went back, and up again by the other branch.
    for (const std::uint64_t slot : {55}) {
        watch.best_head(root_of(slot), at(62, 1s).mono);
    }
    for (const std::uint64_t slot : {56, 58, 60, 62}) {
        watch.best_head(root_of(slot, 'b'), at(62, 1s).mono);
    }
    const auto reorgs = watch.settle(chain, at(62, 11s).mono);
    REQUIRE(reorgs.size() == 1);
    CHECK((reorgs.front() ==
           Reorg{root_of(61), root_of(56, 'b'), 2, Certainty::kConfirmed, std::nullopt}));
    CHECK(watch.settle(chain, at(62, 12s).mono).empty());
}

TEST_CASE("what a node says is told at once, and its depth is corrected by the parents",
          "[monitor]") {
    ReorgDetector watch;
    Ancestry chain;
    chain.add_block(root_of(61), Slot{61});
    chain.add_block(root_of(62, 'b'), Slot{62});
    const auto claim = event_of(root_of(61), root_of(62, 'b'), 1);
    CHECK((watch.reported(kAlpha, claim, at(62).mono) ==
           Reorg{root_of(61), root_of(62, 'b'), 1, Certainty::kUnconfirmed, kAlpha}));
    CHECK(watch.settle(chain, at(62, 1s).mono).empty());
    REQUIRE(watch.missing(chain).size() == 1);
    CHECK((watch.missing(chain).front().root == root_of(62, 'b')));
    CHECK((watch.missing(chain).front().head == root_of(62, 'b')));
    const auto reorgs = watch.settle(real_reorg(), at(62, 11s).mono);
    REQUIRE(reorgs.size() == 1);
    CHECK(
        (reorgs.front() == Reorg{root_of(61), root_of(62, 'b'), 2, Certainty::kConfirmed, kAlpha}));
    CHECK(watch.missing(chain).empty());
}

TEST_CASE("a tip that fell is told once, by however many nodes and by the best head", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    watch.best_head(root_of(61), at(61).mono);
    CHECK(watch.reported(kAlpha, event_of(root_of(61), root_of(55), 1), at(62).mono));
    CHECK_FALSE(watch.reported(kBeta, event_of(root_of(61), root_of(62, 'b'), 1), at(62).mono));
    watch.best_head(root_of(62, 'b'), at(62).mono);
    const auto reorgs = watch.settle(chain, at(62, 11s).mono);
    REQUIRE(reorgs.size() == 1);
    CHECK(reorgs.front().depth == 2);
    CHECK((reorgs.front().reported_by == kAlpha));
    CHECK_FALSE(watch.reported(kBeta, event_of(root_of(61), root_of(62, 'b'), 1), at(63).mono));
    CHECK(watch.settle(chain, at(63, 11s).mono).empty());
}

TEST_CASE("a tip that stood again and fell again is told again", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    watch.best_head(root_of(57), at(57).mono);
    std::vector<std::uint64_t> depths;
    for (std::uint64_t round = 0; round < 3; ++round) {
        watch.best_head(root_of(58, 'b'), at(60 + 2 * round).mono);
        watch.best_head(root_of(57), at(61 + 2 * round).mono);
        for (const Reorg& reorg : watch.settle(chain, at(61 + 2 * round, 11s).mono)) {
            depths.push_back(reorg.depth);
        }
    }
    CHECK((depths == std::vector<std::uint64_t>{1, 2, 1, 2, 1, 2}));
}

TEST_CASE("a best head that falls back to an ancestor and comes again is no reorg", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    watch.best_head(root_of(61), at(61).mono);
    watch.best_head(root_of(57), at(61, 1s).mono);
    watch.best_head(root_of(61), at(61, 2s).mono);
    CHECK(watch.settle(chain, at(61, 11s).mono).empty());
}

TEST_CASE("a claim that the parents deny is refuted", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    (void)watch.reported(kAlpha, event_of(root_of(57), root_of(61), 1), at(62).mono);
    const auto reorgs = watch.settle(chain, at(62, 11s).mono);
    REQUIRE(reorgs.size() == 1);
    CHECK((reorgs.front().certainty == Certainty::kRefuted));
    CHECK(reorgs.front().depth == 0);
    CHECK_FALSE(watch.reported(kAlpha, event_of(root_of(61), root_of(61), 0), at(62).mono));
}

TEST_CASE("later best heads wait for the parents of earlier ones, but not for ever", "[monitor]") {
    ReorgDetector watch;
    watch.set_patience(48s);
    Ancestry chain = real_reorg();
    watch.best_head(root_of(61), at(61).mono);
    CHECK(watch.settle(chain, at(61, 11s).mono).empty());
    chain.add_block(root_of(63, 'c'), Slot{63});
    watch.best_head(root_of(63, 'c'), at(63).mono);
    watch.best_head(root_of(62, 'b'), at(64).mono);
    CHECK(watch.settle(chain, at(64, 11s).mono).empty());
    CHECK((watch.missing(chain).front().root == root_of(63, 'c')));
    // Given up: what 63c was is not known, nor whether 62b dropped it; the rest goes on.
    CHECK(watch.settle(chain, at(69).mono).empty());
    CHECK(watch.missing(chain).empty());
    watch.best_head(root_of(61), at(70).mono);
    const auto reorgs = watch.settle(chain, at(70, 11s).mono);
    REQUIRE(reorgs.size() == 1);
    CHECK((reorgs.front().old_head == root_of(62, 'b')));
}

TEST_CASE("floods of claims and of best heads wait in bounded memory", "[monitor]") {
    ReorgDetector watch;
    Ancestry chain;
    watch.best_head(root_of(1), at(1).mono);
    (void)watch.settle(chain, at(1).mono);
    for (std::uint64_t i = 100; i < 1100; ++i) {
        watch.best_head(root_of(i), at(2).mono);
        (void)watch.reported(kAlpha, event_of(root_of(i, 'x'), root_of(i, 'y'), 1), at(2).mono);
        CHECK(watch.missing(chain).size() <= ReorgDetector::kWaitingMax + 1);
    }
}

TEST_CASE("a fall that a node told is confirmed once, though the tip stood again meanwhile",
          "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    watch.best_head(root_of(61), at(61).mono);
    CHECK(watch.settle(chain, at(61, 1s).mono).empty());
    CHECK(watch.reported(kAlpha, event_of(root_of(61), root_of(62, 'b'), 1), at(62).mono));
    watch.best_head(root_of(57), at(62, 1s).mono);
    watch.best_head(root_of(61), at(62, 2s).mono);
    const auto first = watch.settle(chain, at(62, 11s).mono);
    REQUIRE(first.size() == 1);
    CHECK((first.front().reported_by == kAlpha));
    // And it can fall again.
    watch.best_head(root_of(62, 'b'), at(63).mono);
    CHECK(watch.settle(chain, at(63, 11s).mono).size() == 1);
    CHECK(watch.settle(chain, at(63, 11s).mono).empty());
}
