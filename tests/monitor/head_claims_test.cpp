// Which heads are proven, and by whom.
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

TEST_CASE("a head is proven by its header and a second node, in any order", "[monitor]") {
    Claims one{{kAlpha, kBeta}};
    one.report(kAlpha, 10);
    one.header(10);
    CHECK(one.proven().empty());
    one.report(kBeta, 10);
    CHECK((one.proven() == std::vector{root_of(10)}));
    CHECK(one.proven().empty());
    CHECK(one.claims.is_proven(root_of(10)));

    Claims other{{kAlpha, kBeta}};
    other.report(kAlpha, 10);
    other.report(kBeta, 10);
    CHECK(other.proven().empty());
    other.header(10);
    CHECK((other.proven() == std::vector{root_of(10)}));
}

TEST_CASE("a block on top proves what it is built on", "[monitor]") {
    Claims one{{kAlpha, kBeta}};
    one.report(kAlpha, 10);
    one.header(10);
    one.report(kBeta, 11);
    CHECK(one.proven().empty());
    one.header(11);
    CHECK((one.proven() == std::vector{root_of(10)}));
}

TEST_CASE("one node's header is enough only while no other is in good standing", "[monitor]") {
    Claims alone{{kAlpha}};
    alone.report(kAlpha, 10);
    CHECK(alone.proven().empty());
    alone.header(10);
    CHECK((alone.proven() == std::vector{root_of(10)}));

    Claims one{{kAlpha, kBeta}};
    one.report(kAlpha, 10);
    one.header(10);
    CHECK(one.proven().empty());
    // A stream that is opened anew is no end of its node.
    one.claims.on_tick();
    one.claims.set_good_standing(kBeta, false);
    for (int ticks = 0; ticks < 2; ++ticks) {
        CHECK(one.proven().empty());
        one.claims.on_tick();
    }
    CHECK((one.proven() == std::vector{root_of(10)}));

    // Whoever comes first is not alone yet.
    Claims first{{}};
    for (const NodeId node : {kAlpha, kBeta}) {
        first.claims.expect(node);
    }
    first.claims.set_good_standing(kAlpha, true);
    first.report(kAlpha, 10);
    first.header(10);
    for (int ticks = 0; ticks < 2; ++ticks) {
        CHECK(first.proven().empty());
        first.claims.on_tick();
    }
    CHECK((first.proven() == std::vector{root_of(10)}));

    // Nor is who is back first after an outage of all.
    Claims back{{kAlpha, kBeta}};
    for (const NodeId node : {kAlpha, kBeta}) {
        back.claims.set_good_standing(node, false);
    }
    for (int ticks = 0; ticks < 3; ++ticks) {
        back.claims.on_tick();
    }
    back.claims.set_good_standing(kAlpha, true);
    back.report(kAlpha, 10);
    back.header(10);
    CHECK(back.proven().empty());
    back.claims.on_tick();
    CHECK(back.proven().empty());
    back.claims.on_tick();
    CHECK((back.proven() == std::vector{root_of(10)}));

    Claims none{{}};
    none.report(kAlpha, 10);
    none.header(10);
    CHECK(none.proven().empty());
}

TEST_CASE("one node is not alone beside others that have heads by REST alone", "[monitor]") {
    Claims one{{kAlpha, kBeta, kLiar}};
    for (const NodeId node : {kAlpha, kBeta}) {
        one.claims.set_good_standing(node, false);
    }
    for (int ticks = 0; ticks < 3; ++ticks) {
        one.claims.on_tick();
    }
    SECTION("those of the last slots") {
        one.report(kAlpha, 10);
        one.report(kBeta, 10);
        one.header(10);
        CHECK((one.proven() == std::vector{root_of(10)}));
        one.report(kLiar, 11, 'x');
        REQUIRE(one.chain.add(header_of(11, 'x', 10, 'a')));
        one.claims.header_added(root_of(11, 'x'), one.chain);
        CHECK(one.proven().empty());
        // They have not reported one for two slots.
        (void)one.claims.end_slot(one.chain);
        CHECK(one.proven().empty());
        (void)one.claims.end_slot(one.chain);
        CHECK((one.proven() == std::vector{root_of(11, 'x')}));
    }
    SECTION("but beside one that stands still by REST too") {
        one.claims.reported(kAlpha, tests::head_of(1), false, one.chain);
        one.report(kLiar, 10);
        one.header(10);
        CHECK((one.proven() == std::vector{root_of(10)}));
    }
}

TEST_CASE("where one node's word has to do it is that node's, and nobody else's", "[monitor]") {
    Claims one{{kAlpha, kLiar}};
    one.report(kLiar, 10, 'x');
    REQUIRE(one.chain.add(header_of(10, 'x', 9, 'a')));
    one.claims.header_added(root_of(10, 'x'), one.chain);
    CHECK(one.proven().empty());
    SECTION("when the liar's stream is gone") {
        one.claims.set_good_standing(kLiar, false);
        for (int slots = 0; slots < 3; ++slots) {
            one.claims.on_tick();
            (void)one.claims.end_slot(one.chain);
        }
    }
    SECTION("when it left the list") {
        one.claims.forget(kLiar);
    }
    CHECK(one.proven().empty());
    one.report(kAlpha, 10);
    one.header(10);
    CHECK((one.proven() == std::vector{root_of(10)}));
}

TEST_CASE("who has a block by REST alone speaks for it", "[monitor]") {
    Claims one{{kAlpha, kBeta}};
    one.claims.set_good_standing(kBeta, false);
    for (int ticks = 0; ticks < 3; ++ticks) {
        one.claims.on_tick();
    }
    one.claims.has_head(kBeta, root_of(9), one.chain);
    one.report(kAlpha, 10);
    one.header(10);
    CHECK(one.proven().empty());
    one.claims.has_head(kBeta, root_of(10), one.chain);
    CHECK((one.proven() == std::vector{root_of(10)}));
}

TEST_CASE("two nodes on each of two branches prove both", "[monitor]") {
    Claims one{{kAlpha, kBeta, kGamma, kLiar}};
    one.header(9);
    for (std::uint64_t slot = 10; slot < 20; ++slot) {
        for (const NodeId node : {kAlpha, kBeta}) {
            one.report(node, slot);
        }
        for (const NodeId node : {kGamma, kLiar}) {
            one.report(node, slot, 'b');
        }
        one.header(slot);
        one.header(slot, 'b', slot == 10 ? 'a' : 'b');
        CHECK(one.proven().size() == 2);
        CHECK(one.claims.end_slot(one.chain).empty());
    }
}

TEST_CASE("of a flood of heads so many are used, and few headers requested", "[monitor]") {
    Claims one{{kAlpha, kBeta, kLiar}};
    std::size_t admitted = 0;
    for (std::uint64_t i = 0; i < 2000; ++i) {
        admitted += one.claims.admit(kLiar) ? 1U : 0U;
        one.report(kLiar, i, 'x');
    }
    CHECK(admitted <= HeadClaims::kHeadsOfSlotMax);
    CHECK(one.claims.missing(one.chain).size() <= HeadClaims::kHeadersOfSlotMax);
    CHECK_FALSE(one.claims.admit(kLiar));
    one.claims.on_tick();
    CHECK(one.claims.admit(kLiar));
}
