#include "monitor/node/lag_detector.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "monitor/slots/head_lags.hpp"

namespace lag_detector_test {

using namespace std::chrono_literals;
using monitor::HeadLags;
using monitor::LagDetector;
using updates::NodeId;

namespace {

const NodeId kAlpha{"alpha"};
const NodeId kBeta{"beta"};
const NodeId kGamma{"gamma"};
constexpr base::MonoTime kStart{1h};

chain::Root root(std::uint8_t number) {
    chain::Root made;
    made.bytes[0] = number;
    return made;
}

void heads(LagDetector& node, int count, base::Duration lag) {
    for (int i = 0; i < count; ++i) {
        node.head(lag);
    }
}

}  // namespace

TEST_CASE("a node lags that is late with twelve of its last sixteen heads", "[monitor]") {
    LagDetector node;
    heads(node, 11, 6s);
    CHECK_FALSE(node.is_lagging());
    heads(node, 4, 0s);
    CHECK_FALSE(node.is_lagging());
    heads(node, 1, 6s);
    CHECK(node.is_lagging());
}

TEST_CASE("a node lags no more when four of its last sixteen heads were late", "[monitor]") {
    LagDetector node;
    heads(node, 16, 6s);
    REQUIRE(node.is_lagging());
    heads(node, 11, 1s);
    CHECK(node.is_lagging());
    heads(node, 1, 1s);
    CHECK_FALSE(node.is_lagging());
    // Now and then late is no lag.
    for (int i = 0; i < 100; ++i) {
        heads(node, 1, 6s);
        heads(node, 1, 0s);
        CHECK_FALSE(node.is_lagging());
    }
}

TEST_CASE("late is more than a sixth of a slot, and not less than a tenth of a second",
          "[monitor]") {
    LagDetector node;
    heads(node, 16, 2s);
    CHECK_FALSE(node.is_lagging());
    heads(node, 12, 2001ms);
    CHECK(node.is_lagging());

    LagDetector quick;
    quick.set_slot_duration(100ms);
    heads(quick, 16, 100ms);
    CHECK_FALSE(quick.is_lagging());
    heads(quick, 12, 101ms);
    CHECK(quick.is_lagging());
}

TEST_CASE("nobody knows whether a head is late that one node alone has reported", "[monitor]") {
    HeadLags lags;
    CHECK(lags.report(kAlpha, root(1), kStart).empty());
    CHECK(lags.report(kAlpha, root(1), kStart + 1s).empty());
    CHECK(lags.report(kBeta, root(2), kStart + 2s).empty());
}

TEST_CASE("with the second report of a head both nodes are known, with more the one that came",
          "[monitor]") {
    HeadLags lags;
    CHECK(lags.report(kAlpha, root(1), kStart).empty());
    CHECK((lags.report(kBeta, root(1), kStart + 6s) == HeadLags::Lags{{kAlpha, 0s}, {kBeta, 6s}}));
    CHECK((lags.report(kGamma, root(1), kStart + 7s) == HeadLags::Lags{{kGamma, 7s}}));
    CHECK(lags.report(kBeta, root(1), kStart + 8s).empty());
    // Its bytes were read earlier and handled later.
    CHECK(lags.report(kGamma, root(2), kStart + 20s).empty());
    CHECK(
        (lags.report(kAlpha, root(2), kStart + 19s) == HeadLags::Lags{{kGamma, 0s}, {kAlpha, 0s}}));
}

TEST_CASE("what is known of who was first is bounded", "[monitor]") {
    HeadLags lags;
    CHECK(lags.report(kAlpha, root(0), kStart).empty());
    for (std::uint8_t number = 1; number <= HeadLags::kRootsMax; ++number) {
        CHECK(lags.report(kAlpha, root(number), kStart).empty());
    }
    CHECK(lags.report(kBeta, root(0), kStart + 1s).empty());
    CHECK(lags.report(kBeta, root(9), kStart + 1s).size() == 2);
}

}  // namespace lag_detector_test
