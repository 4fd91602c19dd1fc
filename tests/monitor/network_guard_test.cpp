#include "monitor/network_guard.hpp"

#include <algorithm>
#include <iterator>

#include <catch2/catch.hpp>

#include "chain/slot.hpp"
#include "updates/node_status.hpp"

using namespace std::chrono_literals;
using monitor::ChainIdentity;
using monitor::ConfiguredNetwork;
using monitor::HeldHead;
using monitor::NetworkGuard;
using updates::NodeId;
using Standing = updates::NetworkCheck;

namespace {

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};
const updates::NodeId kGamma{"gamma"};

ChainIdentity our_chain(std::uint8_t number) {
    ChainIdentity made{base::WallTime{1'600'000'000s}, 12'000ms, {}};
    made.genesis_validators_root.bytes[0] = number;
    return made;
}

HeldHead head_at(std::uint64_t slot) {
    HeldHead made{};
    made.head.slot = chain::Slot{slot};
    return made;
}

/// Who of the three is to be asked.
std::vector<updates::NodeId> to_check(const NetworkGuard& guard) {
    std::vector<updates::NodeId> due{kAlpha, kBeta, kGamma};
    std::erase_if(due, [&](const updates::NodeId& id) { return !guard.is_check_due(id); });
    return due;
}

NetworkGuard guard_of(const std::vector<updates::NodeId>& candidates,
                      std::optional<ConfiguredNetwork> configured = std::nullopt) {
    NetworkGuard guard{configured};
    (void)guard.set_candidates(candidates);
    return guard;
}

}  // namespace

TEST_CASE("the majority of the answering nodes says which chain is ours", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
    const auto first = guard.answered(kBeta, our_chain(1));
    CHECK((first.accepted == std::vector{kBeta}));
    CHECK(first.agreed_changed);
    CHECK((guard.answered(kGamma, our_chain(1)).accepted == std::vector{kGamma}));
    const auto last = guard.answered(kAlpha, our_chain(2));
    CHECK((last.rejected == std::vector{kAlpha}));
    CHECK_FALSE(last.agreed_changed);
    CHECK((guard.network_check(kAlpha) == updates::NetworkCheck::kMismatch));
    CHECK((guard.agreed() == our_chain(1)));
}

TEST_CASE("at a tie the node that is configured first decides", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta});
    (void)guard.answered(kBeta, our_chain(2));
    CHECK((guard.network_check(kBeta) == updates::NetworkCheck::kMatch));
    const auto ruling = guard.answered(kAlpha, our_chain(1));
    CHECK((ruling.rejected == std::vector{kBeta}));
    CHECK((ruling.accepted == std::vector{kAlpha}));
    CHECK(ruling.agreed_changed);
    CHECK((guard.agreed() == our_chain(1)));
}

TEST_CASE("in any order of boot, wrong one first too, the end is the same", "[monitor]") {
    std::vector<updates::NodeId> order{kAlpha, kBeta, kGamma};
    do {
        NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
        for (const updates::NodeId& id : order) {
            (void)guard.answered(id, id == kAlpha ? our_chain(9) : our_chain(1));
        }
        CHECK((guard.network_check(kAlpha) == updates::NetworkCheck::kMismatch));
        CHECK((guard.network_check(kBeta) == updates::NetworkCheck::kMatch));
        CHECK((guard.network_check(kGamma) == updates::NetworkCheck::kMatch));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a configured network is not outvoted", "[monitor]") {
    const ConfiguredNetwork network{our_chain(1).genesis_time, our_chain(1).slot_duration,
                                    our_chain(1).genesis_validators_root};
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma}, network);
    CHECK((guard.answered(kAlpha, our_chain(2)).rejected == std::vector{kAlpha}));
    CHECK((guard.answered(kBeta, our_chain(2)).rejected == std::vector{kBeta}));
    CHECK_FALSE(guard.agreed());
    CHECK((guard.answered(kGamma, our_chain(1)).accepted == std::vector{kGamma}));
    CHECK((guard.agreed() == our_chain(1)));
}

TEST_CASE("a preset without a validators root leaves the root to the majority", "[monitor]") {
    const ConfiguredNetwork network{our_chain(1).genesis_time, our_chain(1).slot_duration,
                                    std::nullopt};
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma}, network);
    ChainIdentity other = our_chain(3);
    other.slot_duration = 5'000ms;
    CHECK((guard.answered(kAlpha, other).rejected == std::vector{kAlpha}));
    (void)guard.answered(kBeta, our_chain(1));
    CHECK((guard.network_check(kBeta) == updates::NetworkCheck::kMatch));
    CHECK((guard.answered(kGamma, our_chain(2)).rejected == std::vector{kGamma}));
}

TEST_CASE("genesis time, slot duration and validators root each make another chain", "[monitor]") {
    ChainIdentity other_time = our_chain(1);
    other_time.genesis_time += 1s;
    ChainIdentity other_slots = our_chain(1);
    other_slots.slot_duration = 6'000ms;
    for (const ChainIdentity& other : {other_time, other_slots, our_chain(2)}) {
        NetworkGuard guard = guard_of({kAlpha, kBeta});
        (void)guard.answered(kAlpha, our_chain(1));
        CHECK((guard.answered(kBeta, other).rejected == std::vector{kBeta}));
    }
}

TEST_CASE("a pass is kept over reopenings until a check says no", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta});
    CHECK((to_check(guard) == std::vector{kAlpha, kBeta}));
    (void)guard.answered(kAlpha, our_chain(1));
    (void)guard.answered(kBeta, our_chain(1));
    CHECK(to_check(guard).empty());
    guard.opened(kBeta);
    CHECK((to_check(guard) == std::vector{kBeta}));
    CHECK((guard.network_check(kBeta) == updates::NetworkCheck::kMatch));
    const auto ruling = guard.answered(kBeta, our_chain(2));
    CHECK((ruling.rejected == std::vector{kBeta}));
    CHECK(ruling.accepted.empty());
}

TEST_CASE("a node on another chain is looked at each slot and comes back by itself", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta});
    (void)guard.answered(kAlpha, our_chain(1));
    (void)guard.answered(kBeta, our_chain(2));
    for (int slot = 0; slot < 3; ++slot) {
        CHECK((to_check(guard) == std::vector{kBeta}));
        const auto same = guard.answered(kBeta, our_chain(2));
        CHECK(same.rejected.empty());
        CHECK(same.accepted.empty());
    }
    CHECK((guard.answered(kBeta, our_chain(1)).accepted == std::vector{kBeta}));
    CHECK(to_check(guard).empty());
}

TEST_CASE("the last head of an unchecked node waits for the answer", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta});
    guard.hold(kAlpha, head_at(7));
    guard.hold(kAlpha, head_at(8));
    guard.hold(kBeta, head_at(9));
    const auto ruling = guard.answered(kAlpha, our_chain(1));
    REQUIRE(ruling.released_heads.size() == 1);
    CHECK((ruling.released_heads.front().first == kAlpha));
    CHECK((ruling.released_heads.front().second.head.slot == chain::Slot{8}));
    // The loser's head is never let go, not even when the node comes back.
    const auto wrong = guard.answered(kBeta, our_chain(2));
    CHECK(wrong.released_heads.empty());
    guard.hold(kBeta, head_at(10));
    CHECK(guard.answered(kBeta, our_chain(1)).released_heads.empty());
}

TEST_CASE("a head that waits goes with its stream", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha});
    guard.hold(kAlpha, head_at(7));
    guard.ended(kAlpha);
    CHECK(guard.answered(kAlpha, our_chain(1)).released_heads.empty());
}

TEST_CASE("a node that has answered once votes until it leaves the list", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
    (void)guard.answered(kAlpha, our_chain(1));
    (void)guard.answered(kBeta, our_chain(1));
    (void)guard.answered(kGamma, our_chain(2));
    // The right ones are down; the wrong one stays wrong.
    guard.opened(kAlpha);
    guard.opened(kBeta);
    (void)guard.answered(kGamma, our_chain(2));
    CHECK((guard.network_check(kGamma) == updates::NetworkCheck::kMismatch));

    const auto ruling = guard.set_candidates({kGamma});
    CHECK((ruling.accepted == std::vector{kGamma}));
    CHECK(ruling.agreed_changed);
    CHECK((guard.network_check(kAlpha) == updates::NetworkCheck::kUnchecked));
}

TEST_CASE("who is no candidate is not asked, not held and not counted", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha});
    (void)guard.answered(kBeta, our_chain(2));
    guard.hold(kBeta, head_at(1));
    guard.opened(kBeta);
    guard.ended(kBeta);
    CHECK_FALSE(guard.agreed());
    CHECK((guard.network_check(kBeta) == updates::NetworkCheck::kUnchecked));
    CHECK((to_check(guard) == std::vector{kAlpha}));
}
