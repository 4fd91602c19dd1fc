#include "monitor/network_guard.hpp"

#include <algorithm>
#include <iterator>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using monitor::CandidateId;
using monitor::ChainIdentity;
using monitor::ConfiguredNetwork;
using monitor::HeldHead;
using monitor::NetworkGuard;
using Standing = monitor::NetworkGuard::Standing;

namespace {

const CandidateId kAlpha{"alpha"};
const CandidateId kBeta{"beta"};
const CandidateId kGamma{"gamma"};

ChainIdentity chain(std::uint8_t number) {
    ChainIdentity made{base::WallTime{1'600'000'000s}, 12'000ms, {}};
    made.genesis_validators_root.bytes[0] = number;
    return made;
}

HeldHead head_at(std::uint64_t slot) {
    HeldHead made{};
    made.head.slot = base::Slot{slot};
    return made;
}

/// Who of the three is to be asked.
std::vector<CandidateId> to_check(const NetworkGuard& guard) {
    std::vector<CandidateId> due{kAlpha, kBeta, kGamma};
    std::erase_if(due, [&](const CandidateId& id) { return !guard.is_check_due(id); });
    return due;
}

NetworkGuard guard_of(const std::vector<CandidateId>& candidates,
                      std::optional<ConfiguredNetwork> configured = std::nullopt) {
    NetworkGuard guard{configured};
    (void)guard.set_candidates(candidates);
    return guard;
}

}  // namespace

TEST_CASE("the majority of the answering nodes says which chain is ours", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
    const auto first = guard.answered(kBeta, chain(1));
    CHECK((first.passed == std::vector{kBeta}));
    CHECK(first.agreed_changed);
    CHECK((guard.answered(kGamma, chain(1)).passed == std::vector{kGamma}));
    const auto last = guard.answered(kAlpha, chain(2));
    CHECK((last.lost == std::vector{kAlpha}));
    CHECK_FALSE(last.agreed_changed);
    CHECK((guard.standing(kAlpha) == Standing::kWrong));
    CHECK((guard.agreed() == chain(1)));
}

TEST_CASE("at a tie the node that is configured first decides", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta});
    (void)guard.answered(kBeta, chain(2));
    CHECK((guard.standing(kBeta) == Standing::kPassed));
    const auto ruling = guard.answered(kAlpha, chain(1));
    CHECK((ruling.lost == std::vector{kBeta}));
    CHECK((ruling.passed == std::vector{kAlpha}));
    CHECK(ruling.agreed_changed);
    CHECK((guard.agreed() == chain(1)));
}

TEST_CASE("in any order of boot, wrong one first too, the end is the same", "[monitor]") {
    std::vector<CandidateId> order{kAlpha, kBeta, kGamma};
    do {
        NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
        for (const CandidateId& id : order) {
            (void)guard.answered(id, id == kAlpha ? chain(9) : chain(1));
        }
        CHECK((guard.standing(kAlpha) == Standing::kWrong));
        CHECK((guard.standing(kBeta) == Standing::kPassed));
        CHECK((guard.standing(kGamma) == Standing::kPassed));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a configured network is not outvoted", "[monitor]") {
    const ConfiguredNetwork network{chain(1).genesis_time, chain(1).slot_duration,
                                    chain(1).genesis_validators_root};
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma}, network);
    CHECK((guard.answered(kAlpha, chain(2)).lost == std::vector{kAlpha}));
    CHECK((guard.answered(kBeta, chain(2)).lost == std::vector{kBeta}));
    CHECK_FALSE(guard.agreed());
    CHECK((guard.answered(kGamma, chain(1)).passed == std::vector{kGamma}));
    CHECK((guard.agreed() == chain(1)));
}

TEST_CASE("a preset without a validators root leaves the root to the majority", "[monitor]") {
    const ConfiguredNetwork network{chain(1).genesis_time, chain(1).slot_duration, std::nullopt};
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma}, network);
    ChainIdentity other = chain(3);
    other.slot_duration = 5'000ms;
    CHECK((guard.answered(kAlpha, other).lost == std::vector{kAlpha}));
    (void)guard.answered(kBeta, chain(1));
    CHECK((guard.standing(kBeta) == Standing::kPassed));
    CHECK((guard.answered(kGamma, chain(2)).lost == std::vector{kGamma}));
}

TEST_CASE("genesis time, slot duration and validators root each make another chain", "[monitor]") {
    ChainIdentity other_time = chain(1);
    other_time.genesis_time += 1s;
    ChainIdentity other_slots = chain(1);
    other_slots.slot_duration = 6'000ms;
    for (const ChainIdentity& other : {other_time, other_slots, chain(2)}) {
        NetworkGuard guard = guard_of({kAlpha, kBeta});
        (void)guard.answered(kAlpha, chain(1));
        CHECK((guard.answered(kBeta, other).lost == std::vector{kBeta}));
    }
}

TEST_CASE("a pass is kept over reopenings until a check says no", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta});
    CHECK((to_check(guard) == std::vector{kAlpha, kBeta}));
    (void)guard.answered(kAlpha, chain(1));
    (void)guard.answered(kBeta, chain(1));
    CHECK(to_check(guard).empty());
    guard.opened(kBeta);
    CHECK((to_check(guard) == std::vector{kBeta}));
    CHECK((guard.standing(kBeta) == Standing::kPassed));
    const auto ruling = guard.answered(kBeta, chain(2));
    CHECK((ruling.lost == std::vector{kBeta}));
    CHECK(ruling.passed.empty());
}

TEST_CASE("a node on another chain is looked at each slot and comes back by itself", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta});
    (void)guard.answered(kAlpha, chain(1));
    (void)guard.answered(kBeta, chain(2));
    for (int slot = 0; slot < 3; ++slot) {
        CHECK((to_check(guard) == std::vector{kBeta}));
        const auto same = guard.answered(kBeta, chain(2));
        CHECK(same.lost.empty());
        CHECK(same.passed.empty());
    }
    CHECK((guard.answered(kBeta, chain(1)).passed == std::vector{kBeta}));
    CHECK(to_check(guard).empty());
}

TEST_CASE("the last head of an unchecked node waits for the answer", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta});
    guard.hold(kAlpha, head_at(7));
    guard.hold(kAlpha, head_at(8));
    guard.hold(kBeta, head_at(9));
    const auto ruling = guard.answered(kAlpha, chain(1));
    REQUIRE(ruling.released.size() == 1);
    CHECK((ruling.released.front().first == kAlpha));
    CHECK((ruling.released.front().second.head.slot == base::Slot{8}));
    // The loser's head is never let go, not even when the node comes back.
    const auto wrong = guard.answered(kBeta, chain(2));
    CHECK(wrong.released.empty());
    guard.hold(kBeta, head_at(10));
    CHECK(guard.answered(kBeta, chain(1)).released.empty());
}

TEST_CASE("a head that waits goes with its stream", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha});
    guard.hold(kAlpha, head_at(7));
    guard.ended(kAlpha);
    CHECK(guard.answered(kAlpha, chain(1)).released.empty());
}

TEST_CASE("a node that has answered once votes until it leaves the list", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
    (void)guard.answered(kAlpha, chain(1));
    (void)guard.answered(kBeta, chain(1));
    (void)guard.answered(kGamma, chain(2));
    // The right ones are down; the wrong one stays wrong.
    guard.opened(kAlpha);
    guard.opened(kBeta);
    (void)guard.answered(kGamma, chain(2));
    CHECK((guard.standing(kGamma) == Standing::kWrong));

    const auto ruling = guard.set_candidates({kGamma});
    CHECK((ruling.passed == std::vector{kGamma}));
    CHECK(ruling.agreed_changed);
    CHECK((guard.standing(kAlpha) == Standing::kUnchecked));
}

TEST_CASE("who is no candidate is not asked, not held and not counted", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha});
    (void)guard.answered(kBeta, chain(2));
    guard.hold(kBeta, head_at(1));
    guard.opened(kBeta);
    guard.ended(kBeta);
    CHECK_FALSE(guard.agreed());
    CHECK((guard.standing(kBeta) == Standing::kUnchecked));
    CHECK((to_check(guard) == std::vector{kAlpha}));
}
