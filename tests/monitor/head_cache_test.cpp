#include "monitor/head_cache.hpp"

#include <catch2/catch.hpp>

#include "chain/head.hpp"
#include "chain/slot.hpp"
#include "monitor/slots/first_seen.hpp"
#include "tests/monitor/heads.hpp"
#include "updates/node_id.hpp"

using chain::PayloadStatus;
using monitor::HeadCache;
using tests::head;
using updates::NodeId;
using namespace std::chrono_literals;

namespace {

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};
const updates::NodeId kGamma{"gamma"};

}  // namespace

TEST_CASE("a head is latest when no other node's cached head is above it", "[monitor]") {
    HeadCache cache;
    CHECK(cache.is_latest(kAlpha, chain::Slot{1}));
    cache.put(kAlpha, head(5, 1));
    CHECK(cache.is_latest(kAlpha, chain::Slot{1}));
    CHECK(cache.is_latest(kBeta, chain::Slot{5}));
    CHECK_FALSE(cache.is_latest(kBeta, chain::Slot{4}));
    cache.remove(kAlpha);
    CHECK(cache.is_latest(kBeta, chain::Slot{4}));
}

TEST_CASE("the best head has the highest slot", "[monitor]") {
    HeadCache cache;
    CHECK(cache.best() == nullptr);
    cache.put(kAlpha, head(5, 1));
    cache.put(kBeta, head(6, 2));
    CHECK(cache.best()->node == kBeta);
    cache.put(kBeta, head(4, 3));
    CHECK(cache.best()->node == kAlpha);
    cache.remove(kAlpha);
    CHECK(cache.best()->head.slot == chain::Slot{4});
    cache.remove(kBeta);
    CHECK(cache.best() == nullptr);
}

TEST_CASE("among equals the head that was best before stays best", "[monitor]") {
    HeadCache cache;
    cache.put(kAlpha, head(5, 1));
    cache.put(kBeta, head(5, 2));
    CHECK((cache.best()->head.block == tests::root(1)));
    cache.put(kGamma, head(5, 2));
    CHECK((cache.best()->head.block == tests::root(2)));
    cache.remove(kBeta);
    CHECK((cache.best()->head.block == tests::root(2)));
}

TEST_CASE("among equals of which none was best before the first cached is best", "[monitor]") {
    HeadCache cache;
    cache.put(kAlpha, head(9, 9));
    cache.put(kGamma, head(5, 3));
    cache.put(kBeta, head(5, 2));
    cache.put(kGamma, head(5, 3));
    cache.remove(kAlpha);
    CHECK((cache.best()->head.block == tests::root(3)));
}

TEST_CASE("of nodes that agree on the root the furthest payload status is best", "[monitor]") {
    HeadCache cache;
    cache.put(kAlpha, head(5, 1, PayloadStatus::kEmpty));
    cache.put(kBeta, head(5, 1));
    CHECK(cache.best()->node == kAlpha);
    cache.put(kBeta, head(5, 1, PayloadStatus::kFull));
    CHECK(cache.best()->node == kBeta);
    cache.put(kAlpha, head(5, 1, PayloadStatus::kFull));
    CHECK(cache.best()->node == kBeta);
}

TEST_CASE("a report is behind the first of its block, and a payload behind the first of its own",
          "[monitor]") {
    monitor::FirstSeen seen;
    const base::MonoTime start{1h};
    CHECK(seen.report(tests::root(1), false, start).is_first);
    const auto second = seen.report(tests::root(1), false, start + 13ms);
    CHECK_FALSE(second.is_first);
    CHECK((second.lag == 13ms));
    CHECK((seen.report(tests::root(1), false, start - 1ms).lag == 0ms));
    CHECK(seen.report(tests::root(1), true, start + 14ms).is_first);
    CHECK((seen.report(tests::root(1), true, start + 20ms).lag == 6ms));
}

TEST_CASE("first reports are forgotten oldest first, so memory is bounded", "[monitor]") {
    monitor::FirstSeen seen{3};
    const base::MonoTime start{1h};
    for (std::uint8_t i = 0; i < 200; ++i) {
        CHECK(seen.report(tests::root(i), false, start).is_first);
        CHECK(seen.size() <= 3);
    }
    CHECK_FALSE(seen.report(tests::root(197), false, start).is_first);
    CHECK(seen.report(tests::root(196), false, start).is_first);
}
