#include "monitor/slots/reorg_detector.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"
#include "updates/chain_facts.hpp"

namespace reorg_detector_test {

using namespace std::chrono_literals;
using monitor::Ancestry;
using monitor::HeadClaims;
using monitor::ReorgDetector;
using tests::at;
using tests::root_of;
using updates::Certainty;
using updates::NodeId;
using updates::Reorg;

namespace {

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};
const updates::NodeId kGamma{"gamma"};
/// Nobody is in good standing, so that no majority is asked.
const HeadClaims kNoClaims;

void add(Ancestry& chain, std::uint64_t slot, char branch, std::uint64_t parent,
         char parent_branch) {
    chain.add(tests::header_of(slot, branch, parent, parent_branch));
}

/// The reorg that a real node went through: 55a ← 57a ← 61a lost against 55a ← 56b ← 58b ← 60b.
Ancestry real_reorg() {
    Ancestry chain;
    add(chain, 55, 'a', 54, 'a');
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

TEST_CASE("of two nodes the one that joins the other has dropped its branch", "[monitor]") {
    for (const bool has_third : {false, true}) {
        ReorgDetector watch;
        HeadClaims claims;
        const Ancestry chain = real_reorg();
        claims.set_good_standing(kAlpha, true);
        claims.set_good_standing(kBeta, true);
        claims.set_good_standing(kGamma, has_third);
        const auto report = [&](NodeId node, std::uint64_t slot, char branch) {
            watch.head(node, root_of(slot, branch), at(slot).mono);
            claims.reported(node, tests::head_of(slot, branch), true, chain);
            (void)claims.settle(chain);
            return watch.settle(chain, claims, at(slot, 1s).mono).reorgs;
        };
        // Each is alone on its branch, and neither is proven.
        CHECK(report(kAlpha, 61, 'a').empty());
        CHECK(report(kBeta, 60, 'b').empty());
        const auto joined = report(kAlpha, 60, 'b');
        // Three would have proven the branch that was dropped, had it been more than one's word.
        REQUIRE(joined.size() == (has_third ? 0U : 1U));
        if (!has_third) {
            CHECK((joined[0].old_head == root_of(61)));
            CHECK((joined[0].certainty == Certainty::kConfirmed));
            CHECK(joined[0].depth == 2);
            CHECK(watch.settle(chain, claims, at(62).mono).reorgs.empty());
        }
    }
}

TEST_CASE("where others can outvote it a node confirms no reorg by its own moves", "[monitor]") {
    ReorgDetector watch;
    HeadClaims claims;
    const Ancestry chain = real_reorg();
    for (const NodeId node : {kAlpha, kBeta, kGamma}) {
        claims.set_good_standing(node, true);
        claims.reported(node, tests::head_of(61), true, chain);
        watch.head(node, root_of(61), at(61).mono);
    }
    (void)claims.settle(chain);
    watch.best_head(root_of(61), at(61).mono);
    // Its header hashes well, and nobody else has the block.
    CHECK(watch.reported(kAlpha, event_of(root_of(61), root_of(62, 'b'), 2), at(62).mono));
    watch.head(kAlpha, root_of(62, 'b'), at(62).mono);
    claims.reported(kAlpha, tests::head_of(62, 'b'), true, chain);
    (void)claims.settle(chain);
    CHECK(watch.settle(chain, claims, at(62, 1s).mono).reorgs.empty());
    // A second one has it too.
    watch.head(kBeta, root_of(62, 'b'), at(62, 2s).mono);
    claims.reported(kBeta, tests::head_of(62, 'b'), true, chain);
    (void)claims.settle(chain);
    CHECK(watch.settle(chain, claims, at(62, 3s).mono).reorgs.size() == 1);
}

TEST_CASE("a chain that grows is no reorg, with skipped slots too", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    for (const std::uint64_t slot : {55, 57, 61}) {
        watch.head(kAlpha, root_of(slot), at(slot).mono);
        watch.best_head(root_of(slot), at(slot).mono);
        const auto found = watch.settle(chain, kNoClaims, at(slot, 11s).mono);
        CHECK(found.reorgs.empty());
        CHECK(found.of_nodes.empty());
    }
    CHECK(watch.missing(chain, kNoClaims).empty());
}

TEST_CASE("a reorg's depth is the number of blocks dropped, whatever its path", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    watch.head(kAlpha, root_of(61), at(61).mono);
    watch.best_head(root_of(61), at(61).mono);
    (void)watch.settle(chain, kNoClaims, at(61, 1s).mono);
    // The head went back, and up again by the other branch.
    watch.head(kAlpha, root_of(55), at(62, 1s).mono);
    for (const std::uint64_t slot : {56, 58, 60, 62}) {
        watch.head(kAlpha, root_of(slot, 'b'), at(62, 1s).mono);
    }
    watch.best_head(root_of(62, 'b'), at(62, 1s).mono);
    const auto found = watch.settle(chain, kNoClaims, at(62, 11s).mono);
    REQUIRE(found.reorgs.size() == 1);
    CHECK((found.reorgs.front() ==
           Reorg{root_of(61), root_of(62, 'b'), 2, Certainty::kConfirmed, std::nullopt}));
    REQUIRE(found.of_nodes.size() == 1);
    CHECK((found.of_nodes.front().node == kAlpha));
    CHECK(found.of_nodes.front().reorg.depth == 2);
    CHECK(watch.settle(chain, kNoClaims, at(62, 12s).mono).reorgs.empty());
}

TEST_CASE("while nodes stay on two branches, which one is higher is no reorg", "[monitor]") {
    ReorgDetector watch;
    Ancestry chain;
    add(chain, 10, 'a', 9, 'a');
    for (std::uint64_t slot = 11; slot < 60; ++slot) {
        const char branch = slot % 2 == 0 ? 'a' : 'b';
        add(chain, slot, branch, slot == 11 || slot == 12 ? 10 : slot - 2,
            slot < 13 ? 'a' : branch);
        watch.head(branch == 'a' ? kAlpha : kBeta, root_of(slot, branch), at(slot).mono);
        watch.best_head(root_of(slot, branch), at(slot).mono);
        const auto found = watch.settle(chain, kNoClaims, at(slot, 11s).mono);
        CHECK(found.reorgs.empty());
        CHECK(found.of_nodes.empty());
    }
    // Alpha comes over at last.
    watch.head(kAlpha, root_of(59, 'b'), at(60).mono);
    const auto found = watch.settle(chain, kNoClaims, at(60, 1s).mono);
    REQUIRE(found.of_nodes.size() == 1);
    CHECK(found.of_nodes.front().reorg.depth == 24);
}

TEST_CASE("a claim is published at once, and confirmed only when its node moved so", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    watch.head(kAlpha, root_of(61), at(61).mono);
    const auto claim = event_of(root_of(61), root_of(62, 'b'), 1);
    CHECK((watch.reported(kAlpha, claim, at(62).mono) ==
           Reorg{root_of(61), root_of(62, 'b'), 1, Certainty::kUnconfirmed, kAlpha}));
    CHECK(watch.settle(chain, kNoClaims, at(62, 1s).mono).reorgs.empty());
    watch.head(kAlpha, root_of(62, 'b'), at(62, 2s).mono);
    const auto found = watch.settle(chain, kNoClaims, at(62, 11s).mono);
    REQUIRE(found.reorgs.size() == 1);
    CHECK((found.reorgs.front() ==
           Reorg{root_of(61), root_of(62, 'b'), 2, Certainty::kConfirmed, kAlpha}));
}

TEST_CASE("a claim of a reorg from the head to its own ancestor is never confirmed", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    watch.head(kAlpha, root_of(61), at(61).mono);
    watch.head(kBeta, root_of(61), at(61).mono);
    watch.best_head(root_of(61), at(61).mono);
    CHECK(watch.reported(kBeta, event_of(root_of(61), root_of(55), 2), at(62).mono));
    for (std::uint64_t slot = 62; slot < 80; ++slot) {
        CHECK(watch.settle(chain, kNoClaims, at(slot).mono).reorgs.empty());
    }
}

TEST_CASE("a claim that the parents deny is refuted", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    (void)watch.reported(kAlpha, event_of(root_of(57), root_of(61), 1), at(62).mono);
    const auto found = watch.settle(chain, kNoClaims, at(62, 11s).mono);
    REQUIRE(found.reorgs.size() == 1);
    CHECK((found.reorgs.front().certainty == Certainty::kRefuted));
    CHECK(found.reorgs.front().depth == 0);
    CHECK_FALSE(watch.reported(kAlpha, event_of(root_of(61), root_of(61), 0), at(62).mono));
}

TEST_CASE("a dropped head is reported once, by however many nodes and by the best head",
          "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    for (const updates::NodeId node : {kAlpha, kBeta}) {
        watch.head(node, root_of(61), at(61).mono);
    }
    watch.best_head(root_of(61), at(61).mono);
    const auto claim = event_of(root_of(61), root_of(62, 'b'), 1);
    CHECK(watch.reported(kAlpha, claim, at(62).mono));
    CHECK_FALSE(watch.reported(kBeta, claim, at(62).mono));
    watch.head(kAlpha, root_of(62, 'b'), at(62).mono);
    watch.best_head(root_of(62, 'b'), at(62).mono);
    const auto found = watch.settle(chain, kNoClaims, at(62, 11s).mono);
    REQUIRE(found.reorgs.size() == 1);
    CHECK((found.reorgs.front().reported_by == kAlpha));
    // A slow one follows.
    watch.head(kBeta, root_of(62, 'b'), at(63).mono);
    const auto later = watch.settle(chain, kNoClaims, at(63, 11s).mono);
    CHECK(later.reorgs.empty());
    CHECK(later.of_nodes.size() == 1);
}

TEST_CASE("a head that is best again may fall again", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    std::vector<std::uint64_t> depths;
    const auto move = [&](const chain::Root& root, std::uint64_t slot) {
        watch.head(kAlpha, root, at(slot).mono);
        watch.best_head(root, at(slot).mono);
        for (const Reorg& reorg : watch.settle(chain, kNoClaims, at(slot, 1s).mono).reorgs) {
            depths.push_back(reorg.depth);
        }
    };
    move(root_of(57), 57);
    for (std::uint64_t round = 0; round < 3; ++round) {
        move(root_of(58, 'b'), 60 + 2 * round);
        move(root_of(57), 61 + 2 * round);
    }
    CHECK((depths == std::vector<std::uint64_t>{1, 2, 1, 2, 1, 2}));
}

TEST_CASE("a best head that falls back because its only reporter went away is no reorg",
          "[monitor]") {
    ReorgDetector watch;
    watch.set_patience(48s);
    const Ancestry chain = real_reorg();
    watch.head(kAlpha, root_of(61), at(61).mono);
    watch.head(kBeta, root_of(57), at(61).mono);
    watch.best_head(root_of(61), at(61).mono);
    watch.best_head(root_of(57), at(61, 1s).mono);
    for (std::uint64_t slot = 61; slot < 70; ++slot) {
        CHECK(watch.settle(chain, kNoClaims, at(slot, 11s).mono).reorgs.empty());
    }
    // Back on another branch: it has moved.
    watch.head(kAlpha, root_of(62, 'b'), at(70).mono);
    watch.best_head(root_of(62, 'b'), at(70).mono);
    CHECK(watch.settle(chain, kNoClaims, at(70, 1s).mono).reorgs.size() == 1);
}

TEST_CASE("a reorg of more blocks than are counted is confirmed as one of at least so many",
          "[monitor]") {
    for (const std::uint64_t blocks : {40, 63, 64, 100}) {
        ReorgDetector watch;
        Ancestry chain;
        add(chain, 1000, 'a', 999, 'a');
        for (std::uint64_t slot = 1001; slot <= 1000 + blocks; ++slot) {
            for (const char branch : {'a', 'b'}) {
                add(chain, slot, branch, slot - 1, slot == 1001 ? 'a' : branch);
            }
        }
        const std::uint64_t tip = 1000 + blocks;
        watch.head(kAlpha, root_of(tip), at(tip).mono);
        watch.best_head(root_of(tip), at(tip).mono);
        watch.head(kAlpha, root_of(tip, 'b'), at(tip, 1s).mono);
        watch.best_head(root_of(tip, 'b'), at(tip, 1s).mono);
        const auto found = watch.settle(chain, kNoClaims, at(tip, 11s).mono);
        REQUIRE(found.reorgs.size() == 1);
        CHECK(found.reorgs.front().depth == std::min(blocks, Ancestry::kDepthMax));
        CHECK(found.reorgs.front().is_depth_exact == (blocks < Ancestry::kDepthMax));
    }
}

TEST_CASE("a reorg whose first blocks no node serves is confirmed when they had their time",
          "[monitor]") {
    ReorgDetector watch;
    watch.set_patience(48s);
    Ancestry chain;
    add(chain, 20, 'a', 19, 'a');
    add(chain, 20, 'b', 19, 'b');
    watch.head(kAlpha, root_of(20), at(20).mono);
    watch.best_head(root_of(20), at(20).mono);
    watch.head(kAlpha, root_of(20, 'b'), at(20, 1s).mono);
    watch.best_head(root_of(20, 'b'), at(20, 1s).mono);
    CHECK(watch.settle(chain, kNoClaims, at(21).mono).reorgs.empty());
    CHECK_FALSE(watch.missing(chain, kNoClaims).empty());
    const auto found = watch.settle(chain, kNoClaims, at(25).mono);
    REQUIRE(found.reorgs.size() == 1);
    CHECK(found.reorgs.front().depth == 1);
    CHECK_FALSE(found.reorgs.front().is_depth_exact);
}

TEST_CASE("a flood of claims is bounded for its node, and costs no other its own", "[monitor]") {
    ReorgDetector watch;
    const Ancestry chain = real_reorg();
    watch.head(kAlpha, root_of(61), at(61).mono);
    watch.best_head(root_of(61), at(61).mono);
    std::size_t published = 0;
    for (std::uint64_t i = 100; i < 2100; ++i) {
        const auto claim = event_of(root_of(i, 'x'), root_of(i, 'y'), 1);
        published += watch.reported(kBeta, claim, at(62).mono) ? 1U : 0U;
    }
    CHECK(published == ReorgDetector::kClaimsMax);
    CHECK(watch.missing(chain, kNoClaims).empty());
    CHECK(watch.reported(kAlpha, event_of(root_of(61), root_of(62, 'b'), 2), at(62).mono));
    watch.head(kAlpha, root_of(62, 'b'), at(62).mono);
    watch.best_head(root_of(62, 'b'), at(62).mono);
    const auto found = watch.settle(chain, kNoClaims, at(62, 11s).mono);
    REQUIRE(found.reorgs.size() == 1);
    CHECK((found.reorgs.front().reported_by == kAlpha));
}

}  // namespace reorg_detector_test
