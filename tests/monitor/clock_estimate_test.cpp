#include "monitor/slots/clock_estimate.hpp"

#include <array>

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"
#include "updates/chain_facts.hpp"

namespace clock_estimate_test {

using namespace std::chrono_literals;
using monitor::ClockEstimate;
using tests::at;
using updates::NodeId;
using Level = updates::ClockSkew::Level;

namespace {

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};
const updates::NodeId kGamma{"gamma"};

/// A node's answer within `trip`, while our clock is `offset` ahead of the node's.
void date(ClockEstimate& clock, const updates::NodeId& node, base::Duration offset,
          base::Instant now, base::Duration trip = 20ms) {
    const auto theirs =
        now.wall - std::chrono::duration_cast<base::WallTime::duration>(offset + trip / 2);
    clock.http_date(node, std::chrono::floor<std::chrono::seconds>(theirs), now.mono - trip, now);
}

}  // namespace

TEST_CASE("dates narrow the estimate to less than their whole seconds", "[monitor]") {
    ClockEstimate clock;
    for (int i = 0; i < 50; ++i) {
        date(clock, kAlpha, 300ms, at(100 + static_cast<std::uint64_t>(i), i * 137ms));
    }
    const auto doubt = clock.current();
    REQUIRE(doubt);
    CHECK((doubt->offset > 200ms));
    CHECK((doubt->offset < 400ms));
    CHECK((doubt->uncertainty < 100ms));
    CHECK((doubt->level == Level::kNone));
}

TEST_CASE("a clock off by more than a slot against all nodes is told once, and its end once",
          "[monitor]") {
    for (const base::Duration offset : {base::Duration{20s}, base::Duration{-20s}}) {
        ClockEstimate clock;
        date(clock, kAlpha, offset, at(100));
        date(clock, kBeta, offset, at(100));
        const auto doubt = clock.check(at(100).mono);
        REQUIRE(doubt);
        CHECK((doubt->level == Level::kVerdictsSuspended));
        CHECK(((doubt->offset > 0s) == (offset > 0s)));
        CHECK_FALSE(clock.check(at(101).mono));
        clock.wall_stepped();
        date(clock, kAlpha, 0s, at(102));
        const auto end = clock.check(at(102).mono);
        REQUIRE(end);
        CHECK((end->level == Level::kNone));
        CHECK_FALSE(clock.check(at(103).mono));
    }
}

TEST_CASE("one node that agrees with us keeps the verdicts", "[monitor]") {
    ClockEstimate clock;
    date(clock, kAlpha, 20s, at(100));
    date(clock, kBeta, 20s, at(100));
    date(clock, kGamma, 0s, at(100));
    const auto doubt = clock.check(at(100).mono);
    REQUIRE(doubt);
    CHECK((doubt->level == Level::kSkewed));
    // Nodes that disagree with us in both directions prove nothing of ours.
    ClockEstimate torn;
    date(torn, kAlpha, 20s, at(100));
    date(torn, kBeta, -20s, at(100));
    CHECK_FALSE(torn.check(at(100).mono));
}

TEST_CASE("a wrong clock of one node among three is that node's", "[monitor]") {
    ClockEstimate clock;
    date(clock, kAlpha, 100s, at(100));
    date(clock, kBeta, 0s, at(100));
    date(clock, kGamma, 0s, at(100));
    CHECK_FALSE(clock.check(at(100).mono));
    CHECK((clock.current()->offset < 2s));
}

TEST_CASE("less than the resolution of a date, or a slow answer, raises no doubt", "[monitor]") {
    ClockEstimate clock;
    for (int i = 0; i < 20; ++i) {
        date(clock, kAlpha, 900ms, at(100, i * 333ms));
    }
    CHECK_FALSE(clock.check(at(100, 10s).mono));
    // Over a trip of 30 s any offset within it fits.
    ClockEstimate slow;
    const auto now = at(100, 30s);
    slow.http_date(kAlpha, at(100, 29s).wall, at(100).mono, now);
    CHECK_FALSE(slow.check(now.mono));
    ClockEstimate slower;
    slower.http_date(kAlpha, at(100, 1s).wall, at(100).mono, now);
    CHECK_FALSE(slower.check(now.mono));
}

TEST_CASE("heads long before their slot say that our clock is behind", "[monitor]") {
    ClockEstimate clock;
    clock.head(kAlpha, -400ms, at(100));
    clock.head(kAlpha, 2s, at(100));
    CHECK_FALSE(clock.current());
    clock.head(kAlpha, -3s, at(100));
    const auto doubt = clock.check(at(100).mono);
    REQUIRE(doubt);
    CHECK((doubt->level == Level::kSkewed));
    CHECK((doubt->offset == -2500ms));
    clock.head(kAlpha, -13s, at(101));
    CHECK((clock.check(at(101).mono)->level == Level::kVerdictsSuspended));
}

TEST_CASE("heads and dates of one node make one estimate", "[monitor]") {
    ClockEstimate clock;
    date(clock, kAlpha, -3s, at(100), 4s);
    const auto wide = clock.current();
    clock.head(kAlpha, -4s, at(100));
    const auto narrow = clock.current();
    REQUIRE(wide);
    REQUIRE(narrow);
    CHECK((narrow->uncertainty < wide->uncertainty));
    CHECK((narrow->offset < wide->offset));
}

TEST_CASE("a word that fits no earlier one replaces it", "[monitor]") {
    ClockEstimate clock;
    date(clock, kAlpha, 0s, at(100));
    date(clock, kAlpha, 30s, at(101));
    CHECK((clock.check(at(101).mono)->level == Level::kVerdictsSuspended));
    date(clock, kAlpha, 0s, at(102));
    CHECK((clock.check(at(102).mono)->level == Level::kNone));
}

TEST_CASE("samples are forgotten after a while and with their node, and an alarm is not",
          "[monitor]") {
    ClockEstimate clock;
    date(clock, kAlpha, 30s, at(100));
    REQUIRE(clock.check(at(100).mono));
    CHECK_FALSE(clock.check(at(101 + ClockEstimate::kMemorySlots).mono));
    CHECK_FALSE(clock.current());
    CHECK((clock.last_published() == Level::kVerdictsSuspended));
    // It is published on, without an offset that nobody shows any more.
    const auto skew = clock.on_tick(at(102 + ClockEstimate::kMemorySlots).mono);
    REQUIRE(skew);
    CHECK((skew->level == Level::kVerdictsSuspended));
    CHECK_FALSE(skew->offset);
    CHECK_FALSE(skew->uncertainty);
    date(clock, kAlpha, 30s, at(200));
    clock.set_candidates({kBeta});
    CHECK_FALSE(clock.current());
    date(clock, kBeta, 0s, at(201));
    CHECK((clock.check(at(201).mono)->level == Level::kNone));
}

TEST_CASE("that nothing keeps the clock right does not make it wrong", "[monitor]") {
    ClockEstimate clock;
    clock.set_kernel(base::KernelClock{false});
    CHECK_FALSE(clock.check(at(100).mono));
    date(clock, kAlpha, 0s, at(100));
    CHECK_FALSE(clock.check(at(100).mono));
    CHECK((clock.current()->kernel_synchronised == false));
    clock.set_kernel(std::nullopt);
    CHECK_FALSE(clock.current()->kernel_synchronised);
}

TEST_CASE("heads lose against dates, and both against the kernel", "[monitor]") {
    ClockEstimate clock;
    // A chain whose slot length is told wrong: heads come minutes before their slot.
    for (const auto& node : {kAlpha, kBeta}) {
        date(clock, node, 0s, at(100));
        clock.head(node, -141s, at(100));
    }
    CHECK_FALSE(clock.check(at(100).mono));
    CHECK((clock.current()->offset < 1s));
    CHECK((clock.current()->offset > -1s));
    SECTION("also where only one node has shown its clock") {
        ClockEstimate one;
        date(one, kAlpha, 0s, at(100));
        one.head(kBeta, -141s, at(100));
        CHECK_FALSE(one.check(at(100).mono));
    }
    SECTION("the kernel ends what dates began, and dates begin nothing against it") {
        ClockEstimate off;
        date(off, kAlpha, 30s, at(100));
        date(off, kBeta, 30s, at(100));
        REQUIRE(off.check(at(100).mono));
        off.set_kernel(base::KernelClock{true});
        CHECK((off.check(at(100).mono)->level == Level::kNone));
        date(off, kAlpha, 30s, at(101));
        CHECK_FALSE(off.check(at(101).mono));
    }
    SECTION("what dates began no head ends") {
        ClockEstimate off;
        date(off, kAlpha, 30s, at(100));
        REQUIRE(off.check(at(100).mono));
        off.wall_stepped();
        off.head(kAlpha, 1s, at(101));
        CHECK_FALSE(off.check(at(101).mono));
        date(off, kAlpha, 0s, at(102));
        CHECK((off.check(at(102).mono)->level == Level::kNone));
    }
    SECTION("what heads began ends by heads of most nodes, or by a date") {
        for (const bool by_date : {false, true}) {
            ClockEstimate off;
            for (const auto& node : {kAlpha, kBeta, kGamma}) {
                off.head(node, -3s, at(100));
            }
            REQUIRE(off.check(at(100).mono));
            off.head(kAlpha, 1s, at(101));
            CHECK_FALSE(off.check(at(101).mono));
            if (by_date) {
                date(off, kBeta, 0s, at(101));
            } else {
                off.head(kBeta, 1s, at(101));
            }
            CHECK((off.check(at(101).mono)->level == Level::kNone));
        }
    }
}

TEST_CASE("early heads of one node among several are that node's", "[monitor]") {
    ClockEstimate clock;
    clock.head(kAlpha, -30s, at(100));
    clock.head(kBeta, 1s, at(100));
    clock.head(kGamma, 1s, at(100));
    CHECK_FALSE(clock.check(at(100).mono));
}

TEST_CASE("an alarm goes off through evidence alone, whatever was known before", "[monitor]") {
    enum class Say { kNothing, kFine, kOff };
    // Each kind of evidence says something or nothing, before and after.
    const auto tell = [](ClockEstimate& clock, Say heads, Say dates, Say kernel,
                         base::Instant now) {
        clock.wall_stepped();
        clock.set_kernel(std::nullopt);
        for (const auto& node : {kAlpha, kBeta}) {
            if (heads != Say::kNothing) {
                clock.head(node, heads == Say::kOff ? -20s : 1s, now);
            }
            if (dates != Say::kNothing) {
                date(clock, node, dates == Say::kOff ? -20s : 0s, now);
            }
        }
        if (kernel != Say::kNothing) {
            clock.set_kernel(base::KernelClock{kernel == Say::kFine});
        }
        (void)clock.check(now.mono);
    };
    constexpr std::array kAll{Say::kNothing, Say::kFine, Say::kOff};
    const auto rank = [](Say heads, Say dates, Say kernel) {
        if (kernel == Say::kFine) {
            return 3;
        }
        return dates != Say::kNothing ? 2 : (heads != Say::kNothing ? 1 : 0);
    };
    const auto is_off = [&](Say heads, Say dates, Say kernel) {
        const int decides = rank(heads, dates, kernel);
        return decides == 2 ? dates == Say::kOff : decides == 1 && heads == Say::kOff;
    };
    for (const Say h1 : kAll) {
        for (const Say d1 : kAll) {
            for (const Say k1 : kAll) {
                for (const Say h2 : kAll) {
                    for (const Say d2 : kAll) {
                        for (const Say k2 : kAll) {
                            ClockEstimate clock;
                            tell(clock, h1, d1, k1, at(100));
                            const bool was_off = clock.last_published() != Level::kNone;
                            CHECK(was_off == is_off(h1, d1, k1));
                            tell(clock, h2, d2, k2, at(101));
                            const bool may_clear =
                                rank(h2, d2, k2) >= rank(h1, d1, k1) && rank(h2, d2, k2) > 0;
                            const bool expected = was_off && !may_clear ? true : is_off(h2, d2, k2);
                            CHECK((clock.last_published() != Level::kNone) == expected);
                        }
                    }
                }
            }
        }
    }
}

TEST_CASE("a node's own clock is off where the evidence has ours right, and else nobody knows",
          "[monitor]") {
    ClockEstimate clock;
    date(clock, kAlpha, 3600s, at(100));
    // Alone it says as much of our clock as of its own.
    CHECK(clock.judge_nodes().empty());
    date(clock, kBeta, 0s, at(100));
    CHECK(clock.judge_nodes().empty());
    SECTION("by the dates of most nodes") {
        date(clock, kGamma, 0s, at(100));
        CHECK_FALSE(clock.judge_nodes().at(kGamma));
    }
    SECTION("by the kernel's word") {
        clock.set_kernel(base::KernelClock{true});
    }
    CHECK(clock.judge_nodes().at(kAlpha));
    CHECK_FALSE(clock.judge_nodes().at(kBeta));
    // A node that sends no date says nothing.
    CHECK_FALSE(clock.judge_nodes().contains(NodeId{"delta"}));
    date(clock, kAlpha, 0s, at(101));
    CHECK_FALSE(clock.judge_nodes().at(kAlpha));
}

TEST_CASE("early heads alone make no node's clock wrong", "[monitor]") {
    ClockEstimate clock;
    clock.head(kBeta, 100ms, at(100));
    clock.head(kGamma, 100ms, at(100));
    CHECK(clock.judge_nodes().empty());
}

TEST_CASE("the limits are parts of a slot with a floor of a date's second", "[monitor]") {
    ClockEstimate fast;
    fast.set_slot_duration(100ms);
    date(fast, kAlpha, 900ms, at(100));
    CHECK_FALSE(fast.check(at(100).mono));
    date(fast, kAlpha, 5s, at(100));
    CHECK((fast.check(at(100).mono)->level == Level::kVerdictsSuspended));
}

TEST_CASE("dates of another age stay within bounds", "[monitor]") {
    ClockEstimate clock;
    clock.http_date(kAlpha, base::WallTime::min(), at(100).mono, at(100));
    clock.http_date(kBeta, base::WallTime::max(), at(100).mono, at(100));
    CHECK(clock.current());
    CHECK_FALSE(clock.check(at(100).mono));
}

TEST_CASE("once a slot the skew is published while a node or the kernel gives any", "[monitor]") {
    ClockEstimate clock;
    CHECK_FALSE(clock.on_tick(at(100).mono));
    SECTION("a node, until its samples are too old") {
        date(clock, kAlpha, 0s, at(100));
        for (std::uint64_t slot = 100; slot < 103; ++slot) {
            const auto skew = clock.on_tick(at(slot).mono);
            REQUIRE(skew);
            CHECK((skew->level == Level::kNone));
            CHECK_FALSE(skew->kernel_synchronised.has_value());
        }
        CHECK_FALSE(clock.on_tick(at(101 + ClockEstimate::kMemorySlots).mono));
    }
    SECTION("the kernel alone") {
        clock.set_kernel(base::KernelClock{false});
        const auto skew = clock.on_tick(at(100).mono);
        REQUIRE(skew);
        CHECK(skew->kernel_synchronised == false);
        // The kernel shows no offset: an unknown one must not look like none.
        CHECK_FALSE(skew->offset);
        CHECK_FALSE(skew->uncertainty);
    }
    SECTION("the end of a level is published with the kernel's state, when all samples are gone") {
        date(clock, kAlpha, 20s, at(100));
        REQUIRE(clock.on_tick(at(100).mono));
        clock.set_kernel(base::KernelClock{true});
        clock.wall_stepped();
        const auto end = clock.check(at(101).mono);
        REQUIRE(end);
        CHECK((end->level == Level::kNone));
        CHECK(end->kernel_synchronised == true);
    }
}

}  // namespace clock_estimate_test
