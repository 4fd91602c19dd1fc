#include "monitor/upstream.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"

namespace upstream_test {

using namespace std::chrono_literals;
using monitor::Upstream;
using tests::at;
using updates::NetworkCheck;
using updates::NodeId;

namespace {

/// On our chain, in sync, with an open stream.
Upstream healthy() {
    Upstream upstream{NodeId{"alpha"}};
    upstream.run_began({}, {});
    upstream.set_network(NetworkCheck::kMatch, true, "");
    (void)upstream.opening(at(100).mono);
    (void)upstream.connected();
    (void)upstream.accepted();
    upstream.set_syncing({});
    return upstream;
}

}  // namespace

TEST_CASE("a node is observed while its stream is open and nothing is wrong with it", "[monitor]") {
    Upstream upstream = healthy();
    CHECK(upstream.is_observed());
    CHECK(upstream.is_good());
    SECTION("not while it syncs") {
        chain::SyncStatus syncing;
        syncing.is_syncing = true;
        upstream.set_syncing(syncing);
        CHECK_FALSE(upstream.is_observed());
    }
    SECTION("not on another chain, nor before that is known") {
        upstream.set_network(NetworkCheck::kMismatch, false, "");
        CHECK_FALSE(upstream.is_observed());
        upstream.set_network(NetworkCheck::kUnchecked, false, "");
        CHECK_FALSE(upstream.is_observed());
    }
    SECTION("not while its heads are not proven") {
        upstream.set_unproven(true);
        CHECK_FALSE(upstream.is_observed());
        upstream.set_unproven(false);
        CHECK(upstream.is_observed());
    }
    SECTION("not with an old head") {
        upstream.set_head_age(updates::kHeadAgeMax + 1);
        CHECK_FALSE(upstream.is_observed());
        upstream.set_head_age(updates::kHeadAgeMax);
        CHECK(upstream.is_observed());
    }
    SECTION("not without a stream") {
        upstream.ended(updates::StreamEndReason::kReset);
        CHECK_FALSE(upstream.is_observed());
    }
}

TEST_CASE("a node whose heads are held back is in good standing, and not observed", "[monitor]") {
    Upstream upstream = healthy();
    (void)upstream.take_use_change();
    SECTION("by a proxy that gathers them") {
        upstream.bytes(at(103));
        for (std::uint64_t slot = 101; slot <= 103; ++slot) {
            upstream.head_in_read({chain::Slot{slot}, tests::root_of(slot), true});
        }
        (void)upstream.end_read(true);
    }
    SECTION("by whatever makes each one late") {
        for (int heads = 0; heads < 16; ++heads) {
            upstream.head_lagged(6s);
        }
    }
    CHECK(upstream.is_good());
    CHECK_FALSE(upstream.is_observed());
    const Upstream::UseChange change = upstream.take_use_change();
    CHECK_FALSE(change.is_good);
    CHECK(change.is_observed == false);
}

TEST_CASE("what waited in this program is no sign of a proxy that holds events back", "[monitor]") {
    const auto gathers = [](bool loop_is_on_time) {
        Upstream upstream = healthy();
        bool is_buffered = false;
        for (std::uint64_t slot = 102; slot < 120; slot += 2) {
            upstream.bytes(at(slot));
            upstream.head_in_read({chain::Slot{slot - 1}, tests::root_of(slot - 1), true});
            upstream.head_in_read({chain::Slot{slot}, tests::root_of(slot), true});
            is_buffered = is_buffered || upstream.end_read(loop_is_on_time).value_or(false);
        }
        return is_buffered;
    };
    CHECK(gathers(true));
    CHECK_FALSE(gathers(false));
}

}  // namespace upstream_test
