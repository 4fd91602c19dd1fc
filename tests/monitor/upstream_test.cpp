#include "monitor/upstream.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"

using monitor::Upstream;
using tests::at;
using updates::NetworkCheck;
using updates::NodeId;

namespace {

/// On our chain, in sync, with an open stream.
Upstream healthy() {
    Upstream upstream{NodeId{"alpha"}};
    upstream.run_began({}, NetworkCheck::kMatch);
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
    SECTION("not while it syncs") {
        chain::SyncStatus syncing;
        syncing.is_syncing = true;
        upstream.set_syncing(syncing);
        CHECK_FALSE(upstream.is_observed());
    }
    SECTION("not on another chain, nor before that is known") {
        upstream.set_network_check(NetworkCheck::kMismatch);
        CHECK_FALSE(upstream.is_observed());
        upstream.set_network_check(NetworkCheck::kUnchecked);
        CHECK_FALSE(upstream.is_observed());
    }
    SECTION("not without a stream") {
        upstream.ended(updates::StreamEndReason::kReset);
        CHECK_FALSE(upstream.is_observed());
    }
}

TEST_CASE("what waited in this program is no sign of a proxy that holds events back", "[monitor]") {
    const auto gathers = [](bool loop_is_on_time) {
        Upstream upstream = healthy();
        bool is_buffered = false;
        for (std::uint64_t slot = 102; slot < 120; slot += 2) {
            upstream.bytes(at(slot));
            upstream.live_head(chain::Slot{slot - 1});
            upstream.live_head(chain::Slot{slot});
            is_buffered = is_buffered || upstream.end_read(loop_is_on_time).value_or(false);
        }
        return is_buffered;
    };
    CHECK(gathers(true));
    CHECK_FALSE(gathers(false));
}
