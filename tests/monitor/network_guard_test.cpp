#include "monitor/network_guard.hpp"

#include <algorithm>
#include <iterator>

#include <catch2/catch.hpp>

#include "chain/slot.hpp"
#include "updates/node_status.hpp"

namespace network_guard_test {

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

TEST_CASE("most candidates say which chain is ours, and nobody is judged before", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
    const auto first = guard.answered(kBeta, our_chain(1));
    CHECK(first.accepted.empty());
    CHECK_FALSE(first.agreed_changed);
    const auto second = guard.answered(kAlpha, our_chain(2));
    CHECK(second.accepted.empty());
    CHECK(second.rejected.empty());
    const auto last = guard.answered(kGamma, our_chain(1));
    CHECK((last.accepted == std::vector{kBeta, kGamma}));
    CHECK((last.rejected == std::vector{kAlpha}));
    CHECK(last.agreed_changed);
    CHECK((guard.network_check(kAlpha) == Standing::kMismatch));
    CHECK_FALSE(guard.counts(kAlpha));
    CHECK(guard.counts(kBeta));
    CHECK((guard.agreed() == our_chain(1)));
}

TEST_CASE("when the wait is over the most votes decide", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
    (void)guard.answered(kBeta, our_chain(1));
    CHECK(guard.is_waiting());
    const auto ruling = guard.end_wait();
    CHECK((ruling.accepted == std::vector{kBeta}));
    CHECK((guard.agreed() == our_chain(1)));
    CHECK_FALSE(guard.is_waiting());
    // From then on at once.
    CHECK((guard.answered(kAlpha, our_chain(1)).accepted == std::vector{kAlpha}));
    CHECK((guard.answered(kGamma, our_chain(2)).rejected == std::vector{kGamma}));
}

TEST_CASE("with the first answer of all the wait begins anew", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
    (void)guard.end_wait();
    CHECK(guard.answered(kAlpha, our_chain(2)).accepted.empty());
    CHECK(guard.is_waiting());
    CHECK(guard.answered(kBeta, our_chain(1)).rejected.empty());
    CHECK((guard.answered(kGamma, our_chain(1)).rejected == std::vector{kAlpha}));
}

TEST_CASE("at a tie nobody is wrong", "[monitor]") {
    SECTION("and nobody counts who has not passed before") {
        NetworkGuard guard = guard_of({kAlpha, kBeta});
        (void)guard.answered(kBeta, our_chain(2));
        CHECK(guard.answered(kAlpha, our_chain(1)).disputed.empty());
        const auto ruling = guard.end_wait();
        CHECK((ruling.disputed == std::vector{kAlpha, kBeta}));
        CHECK(ruling.rejected.empty());
        CHECK(ruling.accepted.empty());
        CHECK((guard.network_check(kAlpha) == Standing::kDisputed));
        CHECK_FALSE(guard.counts(kAlpha));
        CHECK_FALSE(guard.counts(kBeta));
        CHECK_FALSE(guard.agreed());
        CHECK((to_check(guard) == std::vector{kAlpha, kBeta}));
        // Told once.
        CHECK(guard.answered(kBeta, our_chain(2)).disputed.empty());
        // An answer of their own ends it.
        const auto settled = guard.answered(kBeta, our_chain(1));
        CHECK((settled.accepted == std::vector{kAlpha, kBeta}));
    }
    SECTION("and who has passed before goes on to count") {
        NetworkGuard guard = guard_of({kAlpha});
        (void)guard.answered(kAlpha, our_chain(1));
        (void)guard.set_candidates({kAlpha, kBeta});
        CHECK(guard.answered(kBeta, our_chain(2)).rejected.empty());
        const auto ruling = guard.end_wait();
        CHECK((ruling.disputed == std::vector{kAlpha, kBeta}));
        CHECK(guard.counts(kAlpha));
        CHECK_FALSE(guard.counts(kBeta));
        CHECK((guard.agreed() == our_chain(1)));
    }
    SECTION("also who was wrong before") {
        NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
        (void)guard.answered(kAlpha, our_chain(1));
        (void)guard.answered(kBeta, our_chain(1));
        (void)guard.answered(kGamma, our_chain(2));
        CHECK((guard.network_check(kGamma) == Standing::kMismatch));
        (void)guard.set_candidates({kAlpha, kGamma});
        const auto ruling = guard.end_wait();
        CHECK((ruling.disputed == std::vector{kAlpha, kGamma}));
        CHECK(guard.counts(kAlpha));
        CHECK_FALSE(guard.counts(kGamma));
    }
}

TEST_CASE("a pass is none for another chain, in a dispute too", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta});
    (void)guard.answered(kAlpha, our_chain(1));
    (void)guard.answered(kBeta, our_chain(1));
    (void)guard.end_wait();
    const auto ruling = guard.answered(kBeta, our_chain(2));
    CHECK((ruling.disputed == std::vector{kAlpha, kBeta}));
    CHECK(guard.counts(kAlpha));
    CHECK_FALSE(guard.counts(kBeta));
}

TEST_CASE("in any order of first answers no honest node is ever rejected", "[monitor]") {
    std::vector<updates::NodeId> order{kAlpha, kBeta, kGamma};
    do {
        // The wait may be over after any number of answers.
        for (std::size_t wait = 0; wait <= order.size(); ++wait) {
            NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
            std::vector<updates::NodeId> rejected;
            const auto took = [&](const NetworkGuard::Change& change) {
                rejected.insert(rejected.end(), change.rejected.begin(), change.rejected.end());
            };
            for (std::size_t i = 0; i < order.size(); ++i) {
                if (i == wait) {
                    took(guard.end_wait());
                }
                took(guard.answered(order[i], order[i] == kAlpha ? our_chain(9) : our_chain(1)));
            }
            CHECK((rejected == std::vector{kAlpha}));
            CHECK((guard.network_check(kBeta) == Standing::kMatch));
            CHECK((guard.network_check(kGamma) == Standing::kMatch));
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("genesis alone says which chain it is; slots are any node's of it to name", "[monitor]") {
    ChainIdentity bare = our_chain(1);
    bare.slot_duration.reset();
    SECTION("it waits until somebody names them") {
        NetworkGuard guard = guard_of({kAlpha, kBeta});
        CHECK(guard.answered(kAlpha, bare).accepted.empty());
        (void)guard.end_wait();
        CHECK((guard.network_check(kAlpha) == Standing::kUnchecked));
        CHECK_FALSE(guard.agreed());
        CHECK(guard.is_check_due(kAlpha));
        CHECK((guard.answered(kBeta, our_chain(1)).accepted == std::vector{kAlpha, kBeta}));
        CHECK((guard.agreed() == our_chain(1)));
    }
    SECTION("the config may name them") {
        const ConfiguredNetwork network{our_chain(1).genesis_time, 12'000ms, std::nullopt};
        NetworkGuard guard = guard_of({kAlpha}, network);
        CHECK((guard.answered(kAlpha, bare).accepted == std::vector{kAlpha}));
        CHECK((guard.agreed() == our_chain(1)));
    }
    SECTION("another genesis is another chain, whatever its slots") {
        NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
        (void)guard.answered(kAlpha, our_chain(1));
        (void)guard.answered(kBeta, our_chain(1));
        ChainIdentity other = our_chain(2);
        other.slot_duration.reset();
        CHECK((guard.answered(kGamma, other).rejected == std::vector{kGamma}));
    }
    SECTION("where two name different ones it takes no side") {
        NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
        ChainIdentity slower = our_chain(1);
        slower.slot_duration = 24'000ms;
        (void)guard.answered(kAlpha, our_chain(1));
        (void)guard.answered(kBeta, slower);
        (void)guard.answered(kGamma, bare);
        CHECK((guard.end_wait().disputed == std::vector{kAlpha, kBeta}));
        CHECK((guard.network_check(kGamma) == Standing::kUnchecked));
    }
}

TEST_CASE("an exempt candidate counts whatever it answers, and votes", "[monitor]") {
    NetworkGuard guard;
    (void)guard.set_candidates({kAlpha, kBeta, kGamma}, {kAlpha});
    CHECK((guard.network_check(kAlpha) == Standing::kOff));
    CHECK(guard.counts(kAlpha));
    (void)guard.answered(kAlpha, our_chain(1));
    CHECK((guard.answered(kBeta, our_chain(1)).accepted == std::vector{kBeta}));
    (void)guard.answered(kAlpha, our_chain(2));
    CHECK(guard.counts(kAlpha));
    // Checked again, it is what it answered last.
    (void)guard.set_candidates({kAlpha, kBeta, kGamma});
    CHECK_FALSE(guard.counts(kAlpha));
    (void)guard.answered(kGamma, our_chain(1));
    CHECK((guard.network_check(kAlpha) == Standing::kMismatch));
}

TEST_CASE("another node behind the same name has passed nothing", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta});
    (void)guard.answered(kAlpha, our_chain(1));
    (void)guard.answered(kBeta, our_chain(1));
    CHECK(guard.counts(kBeta));
    guard.forget(kBeta);
    (void)guard.set_candidates({kAlpha, kBeta});
    CHECK((guard.network_check(kBeta) == Standing::kUnchecked));
    CHECK_FALSE(guard.counts(kBeta));
    CHECK_FALSE(guard.reported(kBeta));
    CHECK(guard.counts(kAlpha));
}

TEST_CASE("a chain is named as people name it", "[monitor]") {
    ChainIdentity chain = our_chain(1);
    CHECK(to_string(chain) == "0x01000000 with slots of 12000 ms");
    chain.slot_duration.reset();
    CHECK(to_string(chain) == "0x01000000");
    chain.genesis_validators_root = chain::find_network("hoodi")->genesis_validators_root;
    CHECK(to_string(chain) == "hoodi");
}

TEST_CASE("a configured network is not outvoted", "[monitor]") {
    const ConfiguredNetwork network{our_chain(1).genesis_time, 12'000ms,
                                    our_chain(1).genesis_validators_root};
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma}, network);
    CHECK((guard.answered(kAlpha, our_chain(2)).rejected == std::vector{kAlpha}));
    CHECK((guard.answered(kBeta, our_chain(2)).rejected == std::vector{kBeta}));
    CHECK_FALSE(guard.agreed());
    // One of three: the others are on no chain of ours.
    CHECK(guard.answered(kGamma, our_chain(1)).accepted.empty());
    CHECK((guard.end_wait().accepted == std::vector{kGamma}));
    CHECK((guard.agreed() == our_chain(1)));
}

TEST_CASE("a preset without a validators root leaves the root to the majority", "[monitor]") {
    const ConfiguredNetwork network{our_chain(1).genesis_time, 12'000ms, std::nullopt};
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma}, network);
    ChainIdentity other = our_chain(3);
    other.slot_duration = 5'000ms;
    CHECK((guard.answered(kAlpha, other).rejected == std::vector{kAlpha}));
    (void)guard.answered(kBeta, our_chain(1));
    CHECK((guard.end_wait().accepted == std::vector{kBeta}));
    CHECK((guard.answered(kGamma, our_chain(2)).disputed == std::vector{kBeta, kGamma}));
    CHECK(guard.counts(kBeta));
}

TEST_CASE("genesis time, slot duration and validators root each make another chain", "[monitor]") {
    ChainIdentity other_time = our_chain(1);
    other_time.genesis_time += 1s;
    ChainIdentity other_slots = our_chain(1);
    other_slots.slot_duration = 6'000ms;
    for (const ChainIdentity& other : {other_time, other_slots, our_chain(2)}) {
        NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
        (void)guard.answered(kAlpha, our_chain(1));
        (void)guard.answered(kGamma, our_chain(1));
        CHECK((guard.answered(kBeta, other).rejected == std::vector{kBeta}));
    }
}

TEST_CASE("a pass is kept over reopenings until a check says no", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
    CHECK((to_check(guard) == std::vector{kAlpha, kBeta, kGamma}));
    for (const auto& id : {kAlpha, kBeta, kGamma}) {
        (void)guard.answered(id, our_chain(1));
    }
    CHECK(to_check(guard).empty());
    guard.opened(kBeta);
    CHECK((to_check(guard) == std::vector{kBeta}));
    CHECK((guard.network_check(kBeta) == updates::NetworkCheck::kMatch));
    CHECK(guard.counts(kBeta));
    const auto ruling = guard.answered(kBeta, our_chain(2));
    CHECK((ruling.rejected == std::vector{kBeta}));
    CHECK(ruling.accepted.empty());
}

TEST_CASE("a node on another chain is looked at each slot and comes back by itself", "[monitor]") {
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
    (void)guard.answered(kAlpha, our_chain(1));
    (void)guard.answered(kGamma, our_chain(1));
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
    NetworkGuard guard = guard_of({kAlpha, kBeta, kGamma});
    guard.hold(kAlpha, head_at(7));
    guard.hold(kAlpha, head_at(8));
    guard.hold(kBeta, head_at(9));
    CHECK(guard.answered(kGamma, our_chain(1)).released_heads.empty());
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

    CHECK((guard.network_check(kAlpha) == updates::NetworkCheck::kMatch));
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

}  // namespace network_guard_test
