#include "monitor/slots/slot_verdicts.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"
#include "updates/chain_facts.hpp"

namespace slot_verdicts_test {

using namespace std::chrono_literals;
using chain::AttestationDeadline;
using chain::Slot;
using monitor::SlotVerdicts;
using tests::at;
using tests::root_of;
using updates::NodeId;
using updates::SlotVerdict;
using updates::Verdict;

namespace {

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};

/// Slots 101 and on are judged; alpha is watched from the start of slot 100.
struct Judged {
    SlotVerdicts verdicts;
    /// A root that is not proven.
    std::optional<chain::Root> made_up;
    /// A slot that the branch of a later proven head passes over.
    std::optional<Slot> passed_over;

    Judged() {
        verdicts.set_slot_clock(tests::kChainClock, at(100).wall);
        verdicts.observation_began(kAlpha, at(100).wall);
    }

    void seen(const updates::NodeId& node, std::uint64_t slot, base::Duration delay,
              bool is_optimistic = false) {
        verdicts.seen(node, Slot{slot}, root_of(slot), delay, is_optimistic, at(slot, delay).wall);
    }
    std::vector<SlotVerdict> close(base::Instant now) {
        return verdicts.close(now.wall, [this](Slot slot) {
            SlotVerdicts::Evidence evidence;
            evidence.deadline = AttestationDeadline{4s, false};
            evidence.is_block = [this](const chain::Root& root) { return made_up != root; };
            evidence.is_passed_over = passed_over == slot;
            return evidence;
        });
    }
    /// The verdict on slot 101, of which nothing must be published before its time.
    SlotVerdict on_101() {
        CHECK(close(at(103, -1ms)).empty());
        const auto published = close(at(103));
        REQUIRE(published.size() == 1);
        CHECK((published.front().slot == Slot{101}));
        return published.front();
    }
};

}  // namespace

TEST_CASE("a slot is judged once, at the end of the next one", "[monitor]") {
    Judged judged;
    CHECK(judged.close(at(102, 11s)).empty());
    CHECK(judged.close(at(103)).size() == 1);
    CHECK(judged.close(at(103)).empty());
    CHECK(judged.close(at(106)).size() == 3);
}

TEST_CASE("a slot was seen by whoever was first, and when", "[monitor]") {
    Judged judged;
    judged.seen(kBeta, 101, 1500ms);
    judged.seen(kAlpha, 101, 1200ms);
    const auto verdict = judged.on_101();
    CHECK((verdict.verdict == Verdict::kOnTime));
    CHECK((verdict.first_reported_by == kAlpha));
    CHECK((verdict.root == root_of(101)));
    CHECK((verdict.delay == 1200ms));
}

TEST_CASE("a slot whose first head came after the deadline was late", "[monitor]") {
    Judged judged;
    judged.seen(kAlpha, 101, 4s + 1ns);
    CHECK((judged.on_101().verdict == Verdict::kLate));
    Judged on_time;
    on_time.seen(kAlpha, 101, 4s);
    CHECK((on_time.on_101().verdict == Verdict::kOnTime));
    Judged next_slot;
    next_slot.seen(kAlpha, 101, 23s);
    CHECK((next_slot.on_101().verdict == Verdict::kLate));
}

TEST_CASE("a slot of which only optimistic heads came was optimistic", "[monitor]") {
    Judged judged;
    judged.seen(kAlpha, 101, 1s, true);
    CHECK((judged.on_101().verdict == Verdict::kOptimistic));
    Judged verified;
    verified.seen(kAlpha, 101, 1s, true);
    verified.seen(kBeta, 101, 2s);
    const auto verdict = verified.on_101();
    CHECK((verdict.verdict == Verdict::kOnTime));
    CHECK((verdict.first_reported_by == kBeta));
}

TEST_CASE("a slot was missed when the branch of a later head passes over it", "[monitor]") {
    Judged judged;
    judged.passed_over = Slot{101};
    const auto verdict = judged.on_101();
    CHECK((verdict.verdict == Verdict::kMissed));
    CHECK_FALSE(verdict.first_reported_by);
    // A block that did not stay on the branch was there all the same.
    Judged orphaned;
    orphaned.passed_over = Slot{101};
    orphaned.seen(kAlpha, 101, 1s);
    CHECK((orphaned.on_101().verdict == Verdict::kOnTime));
}

TEST_CASE("silence alone is no missed slot: no later head passes over it", "[monitor]") {
    Judged judged;
    judged.seen(kAlpha, 100, 1s);
    CHECK((judged.on_101().verdict == Verdict::kUnknown));
}

TEST_CASE(
    "a head that is not proven makes a slot neither on time nor late, nor keeps it from being "
    "missed",
    "[monitor]") {
    for (const bool is_missed : {false, true}) {
        for (const auto delay : {1s, 6s}) {
            Judged judged;
            judged.made_up = root_of(101);
            judged.seen(kAlpha, 101, delay);
            if (is_missed) {
                judged.passed_over = Slot{101};
            }
            const auto verdict = judged.on_101();
            CHECK((verdict.verdict == (is_missed ? Verdict::kMissed : Verdict::kUnknown)));
            CHECK_FALSE(verdict.first_reported_by);
            CHECK_FALSE(verdict.root);
        }
    }
    // Nor does one that was made up earlier hide the true one.
    Judged judged;
    judged.made_up = root_of(101, 'x');
    for (const char branch : {'x', 'y', 'z'}) {
        judged.verdicts.seen(kAlpha, Slot{101}, root_of(101, branch), 100ms, false,
                             at(101, 100ms).wall);
    }
    judged.made_up = root_of(101, 'x');
    judged.seen(kBeta, 101, 6s);
    CHECK(judged.on_101().delay.has_value());
}

TEST_CASE("without a stream open throughout the slot only what came in time is known",
          "[monitor]") {
    for (const bool seen_in_time : {false, true}) {
        Judged judged;
        judged.verdicts.observation_ended(kAlpha, at(101, 3s).wall);
        judged.verdicts.observation_began(kAlpha, at(101, 3s).wall);
        judged.seen(kAlpha, 101, seen_in_time ? 3500ms : 5s);
        judged.seen(kAlpha, 102, 1s);
        const auto verdict = judged.on_101();
        CHECK((verdict.verdict == (seen_in_time ? Verdict::kOnTime : Verdict::kUnknown)));
        // Who was first, and when, is as unknown as the rest.
        CHECK(verdict.delay.has_value() == seen_in_time);
        CHECK(verdict.first_reported_by.has_value() == seen_in_time);
        CHECK(verdict.root.has_value() == seen_in_time);
    }
    Judged optimistic;
    optimistic.verdicts.observation_ended(kAlpha, at(101, 3s).wall);
    optimistic.seen(kAlpha, 101, 5s, true);
    CHECK((optimistic.on_101().verdict == Verdict::kUnknown));
    Judged nothing;
    nothing.verdicts.observation_ended(kAlpha, at(101, 3s).wall);
    nothing.passed_over = Slot{101};
    CHECK((nothing.on_101().verdict == Verdict::kUnknown));
}

TEST_CASE("one stream open throughout the slot is enough, and it may end after it", "[monitor]") {
    Judged judged;
    judged.verdicts.observation_began(kBeta, at(101, 1s).wall);
    judged.seen(kAlpha, 101, 6s);
    judged.verdicts.observation_ended(kAlpha, at(102, 1s).wall);
    CHECK((judged.on_101().verdict == Verdict::kLate));
    Judged ended_early;
    ended_early.seen(kAlpha, 101, 6s);
    ended_early.verdicts.observation_ended(kAlpha, at(102, -1ms).wall);
    CHECK((ended_early.on_101().verdict == Verdict::kUnknown));
    Judged began_late;
    began_late.verdicts.observation_ended(kAlpha, at(100, 6s).wall);
    began_late.verdicts.observation_began(kAlpha, at(101, 1ms).wall);
    began_late.seen(kAlpha, 101, 6s);
    CHECK((began_late.on_101().verdict == Verdict::kUnknown));
}

TEST_CASE("after a step of the clock nothing is judged twice or from before it", "[monitor]") {
    Judged judged;
    judged.seen(kAlpha, 101, 1s);
    // A second step forward than the backlog holds: judging starts anew.
    CHECK(judged.close(at(101 + SlotVerdicts::kBacklogMax + 5)).empty());
    CHECK(judged.close(at(101 + SlotVerdicts::kBacklogMax + 8)).size() == 1);

    Judged back;
    CHECK(back.close(at(110)).size() == 8);
    CHECK(back.close(at(50)).empty());
    back.seen(kAlpha, 51, 6s);
    const auto published = back.close(at(53));
    REQUIRE(published.size() == 1);
    CHECK((published.front().slot == Slot{51}));
    CHECK((published.front().verdict == Verdict::kLate));
}

TEST_CASE("before genesis and before slot time is known nothing is judged", "[monitor]") {
    SlotVerdicts verdicts;
    const auto deadline = [](Slot) {
        return SlotVerdicts::Evidence{AttestationDeadline{4s, false}, {}, false};
    };
    verdicts.observation_began(kAlpha, at(100).wall);
    verdicts.observation_ended(kAlpha, at(101).wall);
    CHECK(verdicts.close(at(103).wall, deadline).empty());
    verdicts.set_slot_clock(tests::kChainClock, tests::kChainClock.genesis() - 1h);
    CHECK(verdicts.close(tests::kChainClock.genesis() - 1s, deadline).empty());
    CHECK(verdicts.close(at(1).wall, deadline).empty());
    const auto published = verdicts.close(at(2).wall, deadline);
    REQUIRE(published.size() == 1);
    CHECK((published.front().slot == Slot{0}));
}

TEST_CASE("heads far ahead of the clock are not kept and vouch for nothing", "[monitor]") {
    Judged judged;
    judged.verdicts.seen(kAlpha, Slot{1'000'000'000}, root_of(1), -5s, false, at(101).wall);
    CHECK((judged.on_101().verdict == Verdict::kUnknown));
}

}  // namespace slot_verdicts_test
