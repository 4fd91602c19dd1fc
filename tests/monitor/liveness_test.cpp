#include "monitor/node/liveness.hpp"

#include <string_view>

#include <catch2/catch.hpp>

#include "chain/root.hpp"

namespace liveness_test {

using namespace std::chrono_literals;
using chain::Slot;
using monitor::Liveness;
using monitor::liveness_limits;
using monitor::LivenessOverride;
using Finding = monitor::Liveness::Finding;

namespace {

constexpr base::MonoTime kStart{1h};
constexpr base::Duration kSlot = 12s;

chain::Root root(std::uint8_t number) {
    chain::Root made;
    made.bytes[0] = number;
    return made;
}

Liveness node_of(std::string_view version, base::Duration slot = kSlot) {
    Liveness node;
    node.set_limits(liveness_limits(updates::find_client_habits(version), slot));
    return node;
}

}  // namespace

TEST_CASE("a stream is silent after three keep-alive periods of its client without a byte",
          "[monitor]") {
    const auto silent_at = [](std::string_view version) {
        Liveness node = node_of(version);
        node.opening(kStart);
        node.bytes(kStart + 1s);
        base::Duration after{};
        while (node.check(kStart + 1s + after) == Finding::kAlive) {
            after += 1s;
        }
        return after;
    };
    CHECK((silent_at("Lighthouse/v7.1.0") == 46s));
    CHECK((silent_at("teku/v25.9.0") == 91s));
    CHECK((silent_at("Prysm/v6.0.4") == 37s));
    CHECK((silent_at("Nimbus/v25.7.0") == 37s));
    CHECK((silent_at("somebody/v1") == 37s));
}

TEST_CASE("REST answers are signs of life only where the client sends no keep-alives",
          "[monitor]") {
    Liveness nimbus = node_of("Nimbus/v25.7.0");
    Liveness lighthouse = node_of("Lighthouse/v7.1.0");
    nimbus.opening(kStart);
    lighthouse.opening(kStart);
    for (int slot = 1; slot <= 20; ++slot) {
        nimbus.rest_answered(kStart + slot * kSlot);
        lighthouse.rest_answered(kStart + slot * kSlot);
    }
    CHECK((nimbus.check(kStart + 23 * kSlot) == Finding::kAlive));
    CHECK((nimbus.check(kStart + 23 * kSlot + 1s) == Finding::kSilent));
    CHECK((lighthouse.check(kStart + 20 * kSlot) == Finding::kSilent));
}

TEST_CASE("silence counts from the later of opening and last byte", "[monitor]") {
    Liveness node = node_of("Lighthouse/v7.1.0");
    node.opening(kStart);
    node.bytes(kStart + 1s);
    CHECK((node.check(kStart + 50s) == Finding::kSilent));
    node.ended();
    node.opening(kStart + 60s);
    CHECK((node.check(kStart + 60s + 45s) == Finding::kAlive));
    CHECK((node.check(kStart + 60s + 46s) == Finding::kSilent));
}

TEST_CASE("a node stays silent over reopenings until a byte comes", "[monitor]") {
    Liveness node = node_of("Lighthouse/v7.1.0");
    node.opening(kStart);
    CHECK_FALSE(node.is_silent());
    (void)node.check(kStart + 46s);
    CHECK(node.is_silent());
    node.ended();
    node.opening(kStart + 60s);
    (void)node.check(kStart + 61s);
    CHECK(node.is_silent());
    node.bytes(kStart + 62s);
    CHECK_FALSE(node.is_silent());
}

TEST_CASE("a stream is stalled after two slots in which REST moved and the stream gave no head",
          "[monitor]") {
    Liveness node = node_of("Lighthouse/v7.1.0");
    node.opening(kStart);
    node.rest_head(root(1), Slot{9}, kStart + 1s);
    node.bytes(kStart + 11s);
    node.rest_head(root(2), Slot{9}, kStart + 12s);
    CHECK((node.check(kStart + 12s) == Finding::kAlive));
    node.bytes(kStart + 23s);
    node.rest_head(root(3), Slot{9}, kStart + 24s);
    CHECK((node.check(kStart + 24s) == Finding::kStalled));
    CHECK(node.is_stalled());
    // Bytes are no proof against a stall, a head is.
    node.bytes(kStart + 25s);
    CHECK(node.is_stalled());
    node.head(root(4), kStart + 26s);
    CHECK_FALSE(node.is_stalled());
    CHECK((node.check(kStart + 26s) == Finding::kAlive));
}

TEST_CASE("a stream is stalled whoever is to blame, the node only when it is", "[monitor]") {
    Liveness node = node_of("Nimbus/v25.7.0");
    node.opening(kStart);
    node.accepted();
    node.rest_head(root(1), Slot{9}, kStart);
    for (std::uint8_t slot = 2; slot <= 3; ++slot) {
        node.rest_head(root(slot), Slot{9}, kStart + slot * kSlot);
        const auto finding = node.check(kStart + slot * kSlot, false);
        CHECK((finding == (slot == 3 ? Finding::kStalled : Finding::kAlive)));
    }
    CHECK_FALSE(node.is_stalled());
}

TEST_CASE("several moves of the REST head in one slot are one", "[monitor]") {
    Liveness node = node_of("Nimbus/v25.7.0");
    node.opening(kStart);
    for (std::uint8_t move = 1; move < 6; ++move) {
        node.rest_head(root(move), Slot{9}, kStart + move * 1s);
    }
    CHECK((node.check(kStart + 12s) == Finding::kAlive));
    node.rest_head(root(6), Slot{10}, kStart + 13s);
    CHECK((node.check(kStart + 24s) == Finding::kStalled));
}

TEST_CASE("a head that was given before is no news, by this stream or an earlier one",
          "[monitor]") {
    Liveness node = node_of("Nimbus/v25.7.0");
    node.opening(kStart);
    node.head(root(1), kStart);
    node.head(root(2), kStart + 1s);
    node.rest_head(root(2), Slot{2}, kStart + 2s);
    // Two old heads in turn, and one that is given after a reconnect.
    for (std::uint8_t slot = 3; slot < 5; ++slot) {
        const base::MonoTime now = kStart + (slot - 2) * kSlot;
        CHECK((node.check(now) == Finding::kAlive));
        node.head(root(1), now);
        node.head(root(2), now + 1s);
        node.rest_head(root(slot), Slot{slot}, now + 1s);
    }
    CHECK((node.check(kStart + 3 * kSlot) == Finding::kStalled));
    node.ended();
    node.opening(kStart + 3 * kSlot);
    node.head(root(2), kStart + 3 * kSlot + 1s);
    CHECK(node.is_stalled());
    // Old as it is, this one is news.
    node.head(root(0), kStart + 3 * kSlot + 2s);
    CHECK_FALSE(node.is_stalled());
}

TEST_CASE("a finding says for how long, and which head the node has by REST", "[monitor]") {
    Liveness lighthouse = node_of("Lighthouse/v7.1.0");
    lighthouse.opening(kStart);
    REQUIRE((lighthouse.check(kStart + 46s) == Finding::kSilent));
    CHECK(lighthouse.describe(Finding::kSilent, kStart + 46s) == "no byte for 46.0 s");

    Liveness nimbus = node_of("Nimbus/v25.7.0");
    nimbus.opening(kStart);
    nimbus.rest_answered(kStart + 1s);
    CHECK(nimbus.describe(Finding::kSilent, kStart + 38500ms) ==
          "neither a byte nor an answer by REST for 37.5 s");
    CHECK(nimbus.describe(Finding::kStalled, kStart + 24s) == "no new head for 24.0 s");
    nimbus.rest_head(root(3), Slot{77}, kStart + 24s);
    CHECK(nimbus.describe(Finding::kStalled, kStart + 24s) ==
          "no new head for 24.0 s, by REST its head is " + to_string(root(3)) + " of slot 77");
    CHECK(nimbus.describe(Finding::kAlive, kStart) == "");
}

TEST_CASE("skipped slots prove nothing, and neither does what REST said before the opening",
          "[monitor]") {
    Liveness node = node_of("Nimbus/v25.7.0");
    node.rest_head(root(1), Slot{9}, kStart);
    node.opening(kStart + 1s);
    // The first answer of this stream may be older than the opening.
    node.rest_head(root(2), Slot{9}, kStart + 2s);
    for (int slot = 1; slot < 10; ++slot) {
        node.rest_head(root(2), Slot{9}, kStart + slot * kSlot);
        CHECK((node.check(kStart + slot * kSlot) == Finding::kAlive));
    }
    node.rest_head(root(3), Slot{9}, kStart + 10 * kSlot);
    CHECK((node.check(kStart + 10 * kSlot) == Finding::kAlive));
}

TEST_CASE("a head that the stream told before REST did is no move", "[monitor]") {
    Liveness node = node_of("Nimbus/v25.7.0");
    node.opening(kStart);
    node.rest_head(root(1), Slot{9}, kStart);
    for (std::uint8_t slot = 2; slot < 20; ++slot) {
        const auto now = kStart + slot * kSlot;
        node.head(root(slot), now - 1s);
        node.rest_head(root(slot), Slot{9}, now);
        CHECK((node.check(now) == Finding::kAlive));
    }
    // Heads by REST first and by the stream a moment later do no harm either.
    for (std::uint8_t slot = 20; slot < 40; ++slot) {
        const auto now = kStart + slot * kSlot;
        node.rest_head(root(slot), Slot{9}, now);
        CHECK((node.check(now) == Finding::kAlive));
        node.head(root(slot), now + 1s);
    }
}

TEST_CASE("a stall is counted anew for each stream", "[monitor]") {
    Liveness node = node_of("Nimbus/v25.7.0");
    node.opening(kStart);
    node.rest_head(root(1), Slot{9}, kStart);
    node.rest_head(root(2), Slot{9}, kStart + 12s);
    node.ended();
    node.rest_head(root(3), Slot{9}, kStart + 24s);
    node.opening(kStart + 25s);
    node.rest_head(root(4), Slot{9}, kStart + 36s);
    CHECK((node.check(kStart + 36s) == Finding::kAlive));
    node.rest_head(root(5), Slot{9}, kStart + 48s);
    CHECK((node.check(kStart + 48s) == Finding::kAlive));
    node.rest_head(root(6), Slot{9}, kStart + 60s);
    CHECK((node.check(kStart + 60s) == Finding::kStalled));
}

TEST_CASE("a node whose streams end in each slot before they give a head is stalled", "[monitor]") {
    // A node on a chain of a block a slot; its streams are opened behind each slot's block.
    struct Node {
        Liveness liveness = node_of("Nimbus/v25.7.0");
        std::uint8_t slot = 0;

        void play(bool is_accepted, bool gives_head, bool moves = true) {
            const base::MonoTime tick = kStart + slot * kSlot;
            if (gives_head) {
                liveness.head(root(slot), tick - 1s);
            }
            liveness.ended();
            (void)liveness.check(tick);
            liveness.opening(tick);
            if (is_accepted) {
                liveness.accepted();
            }
            liveness.rest_head(root(slot), Slot{slot}, tick);
            slot = static_cast<std::uint8_t>(slot + (moves ? 1 : 0));
        }
    };
    Node cut;
    cut.play(true, true);
    for (int i = 0; i < 2; ++i) {
        cut.play(true, false);
        CHECK_FALSE(cut.liveness.is_stalled());
    }
    cut.play(true, false);
    CHECK(cut.liveness.is_stalled());
    cut.play(true, true);
    CHECK_FALSE(cut.liveness.is_stalled());

    SECTION("not while each of them gives one") {
        for (int i = 0; i < 5; ++i) {
            cut.play(true, true);
        }
        CHECK_FALSE(cut.liveness.is_stalled());
    }
    SECTION("not where none is opened") {
        cut.play(false, false);
        for (int i = 0; i < 5; ++i) {
            cut.play(false, false);
        }
        CHECK_FALSE(cut.liveness.is_stalled());
    }
    SECTION("not while the node stands still by REST too") {
        for (int i = 0; i < 5; ++i) {
            cut.play(true, false, false);
        }
        CHECK_FALSE(cut.liveness.is_stalled());
    }
}

TEST_CASE("without a stream nothing is to be ended", "[monitor]") {
    Liveness node = node_of("Lighthouse/v7.1.0");
    CHECK((node.check(kStart + 1h) == Finding::kAlive));
    node.opening(kStart);
    node.ended();
    CHECK((node.check(kStart + 1h) == Finding::kAlive));
    CHECK_FALSE(node.is_silent());
}

TEST_CASE("before genesis nobody is silent or stalled, and the count starts with the chain",
          "[monitor]") {
    Liveness node = node_of("Nimbus/v25.7.0");
    node.opening(kStart);
    node.rest_head(root(1), Slot{9}, kStart);
    node.rest_head(root(2), Slot{9}, kStart + 1s);
    node.rest_head(root(3), Slot{9}, kStart + 2s);
    node.before_genesis(kStart + 1h);
    CHECK((node.check(kStart + 1h + 36s) == Finding::kAlive));
    CHECK((node.check(kStart + 1h + 37s) == Finding::kSilent));
}

TEST_CASE("limits are parts of a slot with a floor, so that short slots work", "[monitor]") {
    const auto habits = updates::find_client_habits("Prysm/v6.0.4");
    CHECK((liveness_limits(habits, 100ms).silent_after == monitor::kSilentFloor));
    CHECK((liveness_limits(std::nullopt, 100ms).silent_after == monitor::kSilentFloor));
    CHECK((liveness_limits(habits, 5s).silent_after == 15s));

    Liveness node = node_of("Nimbus/v25.7.0", 100ms);
    node.opening(kStart);
    for (std::uint8_t move = 1; move < 5; ++move) {
        node.rest_head(root(move), Slot{9}, kStart + move * 100ms);
        CHECK((node.check(kStart + move * 100ms) == Finding::kAlive));
    }
    CHECK((node.check(kStart + 500ms) == Finding::kAlive));
    CHECK((node.check(kStart + 1s) == Finding::kStalled));
}

TEST_CASE("a node's own limits win over those of its family", "[monitor]") {
    LivenessOverride own;
    own.silent_after = 5s;
    own.stalled_slots = 4;
    const auto limits = liveness_limits(updates::find_client_habits("teku/v25.9.0"), kSlot, own);
    CHECK((limits.silent_after == 5s));
    CHECK(limits.stalled_slots == 4);
    CHECK_FALSE(limits.rest_counts);

    Liveness node;
    node.set_limits(limits);
    node.opening(kStart);
    node.rest_head(root(0), Slot{9}, kStart);
    for (std::uint8_t slot = 1; slot < 4; ++slot) {
        node.rest_head(root(slot), Slot{9}, kStart + slot * kSlot);
        node.bytes(kStart + slot * kSlot);
        CHECK((node.check(kStart + slot * kSlot) == Finding::kAlive));
    }
    node.rest_head(root(9), Slot{9}, kStart + 4 * kSlot);
    node.bytes(kStart + 4 * kSlot);
    CHECK((node.check(kStart + 4 * kSlot) == Finding::kStalled));
}

}  // namespace liveness_test
