// What contradicted claims do to the standing of their node.
#include "tests/monitor/claims_fixture.hpp"

using monitor::HeadClaims;
using tests::Claims;
using tests::header_of;
using tests::kAlpha;
using tests::kBeta;
using tests::kGamma;
using tests::kLiar;
using tests::root_of;
using updates::NodeId;

TEST_CASE(
    "a node whose claims are contradicted in three slots in a row is unproven until all are "
    "proven",
    "[monitor]") {
    for (const bool has_header : {false, true}) {
        INFO("a made-up header " << has_header);
        Claims one{{kAlpha, kBeta, kLiar}};
        one.header(9);
        CHECK(one.slot_with_liar(10, has_header).empty());
        CHECK(one.slot_with_liar(11, has_header).empty());
        const auto changed = one.slot_with_liar(12, has_header);
        REQUIRE(changed.size() == 1);
        CHECK((changed.front().node == kLiar));
        CHECK(one.claims.is_unproven(kLiar));
        CHECK(one.claims.good_nodes() == 2);
        // A true head beside a made-up one redeems nothing.
        one.report(kLiar, 13);
        CHECK(one.slot_with_liar(13, has_header).empty());
        one.report(kLiar, 14);
        one.report(kAlpha, 14);
        one.report(kBeta, 14);
        one.header(14);
        (void)one.proven();
        REQUIRE(one.claims.end_slot(one.chain).size() == 1);
        CHECK_FALSE(one.claims.is_unproven(kLiar));
    }
}

TEST_CASE(
    "a slot or a state that is not the header's, and a header that is not the root's, "
    "contradict a node",
    "[monitor]") {
    enum class Lie : std::uint8_t { kSlot, kState, kHeader };
    for (const Lie lie : {Lie::kSlot, Lie::kState, Lie::kHeader}) {
        Claims one{{kAlpha, kBeta, kLiar}};
        one.header(9);
        for (std::uint64_t slot = 10; slot < 13; ++slot) {
            CHECK_FALSE(one.claims.is_unproven(kLiar));
            one.report(kAlpha, slot);
            one.report(kBeta, slot);
            if (lie == Lie::kSlot) {
                one.report(kLiar, slot, 'a', slot + 1000);
            } else if (lie == Lie::kState) {
                one.report_state(kLiar, slot, chain::PayloadStatus::kEmpty);
            } else {
                one.report(kLiar, slot, 'x');
                one.claims.header_refused(kLiar, root_of(slot, 'x'));
            }
            one.header(slot);
            (void)one.proven();
            (void)one.claims.end_slot(one.chain);
        }
        CHECK(one.claims.is_unproven(kLiar));
        CHECK_FALSE(one.claims.is_unproven(kAlpha));
    }
}

TEST_CASE("a slot whose headers come after its end is judged with the next one", "[monitor]") {
    Claims one{{kAlpha, kBeta, kLiar}};
    std::size_t unproven_after = 0;
    for (std::uint64_t slot = 1; slot <= 5 && unproven_after == 0; ++slot) {
        for (const NodeId node : {kAlpha, kBeta}) {
            one.report(node, slot);
        }
        // A true root, and a slot that is not its own.
        one.report(kLiar, slot, 'a', slot + 1);
        for (const auto& standing : one.claims.end_slot(one.chain)) {
            CHECK((standing.node == kLiar));
            unproven_after = slot;
        }
        one.header(slot);
        (void)one.claims.settle(one.chain);
    }
    CHECK(unproven_after == HeadClaims::kDoubtMax / HeadClaims::kDoubtOfContradiction + 1);
}

TEST_CASE("a block that is made up for a skipped slot is contradicted when the others go on",
          "[monitor]") {
    Claims one{{kAlpha, kBeta, kLiar}};
    std::size_t unproven_after = 0;
    // The chain has a block in every other slot, the liar one in each that has none.
    for (std::uint64_t slot = 2; slot <= 12 && unproven_after == 0; slot += 2) {
        for (const NodeId node : {kAlpha, kBeta}) {
            one.report(node, slot);
        }
        REQUIRE(one.chain.add(header_of(slot, 'a', slot - 2, 'a')));
        one.claims.header_added(root_of(slot), one.chain);
        (void)one.claims.settle(one.chain);
        if (!one.claims.end_slot(one.chain).empty()) {
            unproven_after = slot;
        }
        one.report(kLiar, slot + 1, 'x');
        REQUIRE(one.chain.add(header_of(slot + 1, 'x', slot, 'a')));
        one.claims.header_added(root_of(slot + 1, 'x'), one.chain);
        (void)one.claims.settle(one.chain);
        CHECK(one.claims.end_slot(one.chain).empty());
    }
    CHECK(one.claims.is_unproven(kLiar));
    CHECK(unproven_after == 8);
}

TEST_CASE("an early head contradicts its node when its slot is over and nobody else has it",
          "[monitor]") {
    Claims one{{kAlpha, kBeta, kLiar}};
    const bool is_true = GENERATE(false, true);
    std::size_t unproven_after = 0;
    for (std::uint64_t slot = 1; slot <= 8 && unproven_after == 0; ++slot) {
        const char branch = is_true ? 'a' : 'x';
        one.report(kLiar, slot + 1, branch);
        one.claims.came_early(kLiar, root_of(slot + 1, branch));
        unproven_after = one.claims.end_slot(one.chain).empty() ? 0 : slot;
        for (const NodeId node : {kAlpha, kBeta}) {
            one.report(node, slot + 1);
        }
    }
    CHECK(unproven_after == (is_true ? 0 : HeadClaims::kDoubtMax / 2 + 1));
}

TEST_CASE("a lie now and then makes a node unproven, a block that others dropped does not",
          "[monitor]") {
    const auto is_found = [](std::uint64_t lies, std::uint64_t of) {
        Claims one{{kAlpha, kBeta, kLiar}};
        bool is_unproven = false;
        for (std::uint64_t slot = 1; slot <= 60; ++slot) {
            const bool lies_now = slot % of < lies;
            one.report(kLiar, slot, 'a', lies_now ? slot + 1 : slot);
            one.report(kAlpha, slot);
            one.report(kBeta, slot);
            one.header(slot);
            (void)one.claims.settle(one.chain);
            (void)one.claims.end_slot(one.chain);
            is_unproven = is_unproven || one.claims.is_unproven(kLiar);
        }
        return is_unproven;
    };
    CHECK(is_found(2, 3));
    CHECK(is_found(1, 2));
    CHECK_FALSE(is_found(1, 3));
    CHECK_FALSE(is_found(1, 20));
}

TEST_CASE("what a node serves under a root that is not the root's contradicts it", "[monitor]") {
    Claims one{{kAlpha, kLiar}};
    for (std::uint64_t slot = 1; slot <= 3; ++slot) {
        one.report(kLiar, slot, 'x');
        one.claims.header_refused(kLiar, root_of(slot, 'x'));
        CHECK_FALSE(one.claims.is_unproven(kLiar));
        (void)one.claims.end_slot(one.chain);
    }
    CHECK(one.claims.is_unproven(kLiar));
}

TEST_CASE("a node that stands alone is proven again once its headers fit", "[monitor]") {
    Claims one{{kAlpha}};
    one.header(9);
    for (std::uint64_t slot = 10; slot < 13; ++slot) {
        one.report(kAlpha, slot, 'a', slot + 1000);
        one.header(slot);
        (void)one.claims.end_slot(one.chain);
    }
    REQUIRE(one.claims.is_unproven(kAlpha));
    // A slot without a head is no evidence.
    (void)one.claims.end_slot(one.chain);
    CHECK(one.claims.is_unproven(kAlpha));
    one.report(kAlpha, 14);
    (void)one.claims.end_slot(one.chain);
    CHECK(one.claims.is_unproven(kAlpha));
    one.report(kAlpha, 15);
    one.claims.header_added(root_of(13), one.chain);
    REQUIRE(one.chain.add(tests::header_of(15, 'a', 12, 'a')));
    (void)one.claims.end_slot(one.chain);
    CHECK_FALSE(one.claims.is_unproven(kAlpha));
}

TEST_CASE("the state behind a payload is in no header", "[monitor]") {
    Claims one{{kAlpha, kBeta}};
    one.header(9);
    for (std::uint64_t slot = 10; slot < 14; ++slot) {
        for (const NodeId node : {kAlpha, kBeta}) {
            one.report(node, slot);
            one.report_state(node, slot, chain::PayloadStatus::kFull);
        }
        one.header(slot);
        (void)one.proven();
        (void)one.claims.end_slot(one.chain);
    }
    CHECK_FALSE(one.claims.is_unproven(kAlpha));
}

TEST_CASE("what nobody contradicts says nothing about a node", "[monitor]") {
    // Two branches of one node each: either's word against the other's.
    Claims two{{kAlpha, kBeta}};
    two.header(9);
    for (std::uint64_t slot = 10; slot < 30; ++slot) {
        two.report(kAlpha, slot);
        two.report(kBeta, slot, 'b');
        two.header(slot);
        two.header(slot, 'b', slot == 10 ? 'a' : 'b');
        (void)two.proven();
        CHECK(two.claims.end_slot(two.chain).empty());
    }
    // One that goes on while the others stand still.
    Claims ahead{{kAlpha, kBeta, kGamma}};
    ahead.header(9);
    for (const NodeId node : {kAlpha, kBeta, kGamma}) {
        ahead.report(node, 9);
    }
    for (std::uint64_t slot = 10; slot < 30; ++slot) {
        ahead.report(kAlpha, slot);
        ahead.header(slot);
        (void)ahead.proven();
        CHECK(ahead.claims.end_slot(ahead.chain).empty());
    }
}
