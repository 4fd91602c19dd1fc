#include "monitor/header_fetcher.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"

using monitor::HeaderFetcher;
using monitor::WantedHeader;
using tests::root_of;
using updates::NodeId;

namespace {

const std::vector<NodeId> kNodes{NodeId{"alpha"}, NodeId{"beta"}, NodeId{"gamma"}};

bool everyone(NodeId /*node*/) {
    return true;
}

}  // namespace

TEST_CASE("a header is requested of the reporter of its branch, else of the first that can serve",
          "[monitor]") {
    HeaderFetcher fetcher;
    const auto plan =
        fetcher.plan({{root_of(1), kNodes[2]}, {root_of(2), std::nullopt}}, kNodes, everyone);
    REQUIRE(plan.requests.size() == 2);
    CHECK((plan.requests[0].source == kNodes[2]));
    CHECK((plan.requests[1].source == kNodes[0]));
    const auto without_reporter = fetcher.plan({{root_of(3), kNodes[2]}}, kNodes,
                                               [](NodeId node) { return node != kNodes[2]; });
    REQUIRE(without_reporter.requests.size() == 1);
    CHECK((without_reporter.requests[0].source == kNodes[0]));
}

TEST_CASE("a header is requested of one node at a time, and of each once a slot", "[monitor]") {
    HeaderFetcher fetcher;
    const std::vector<WantedHeader> wanted{{root_of(1), kNodes[2]}};
    for (const NodeId expected : {kNodes[2], kNodes[0], kNodes[1]}) {
        const auto plan = fetcher.plan(wanted, kNodes, everyone);
        REQUIRE(plan.requests.size() == 1);
        CHECK((plan.requests[0].source == expected));
        CHECK(fetcher.plan(wanted, kNodes, everyone).requests.empty());
        fetcher.failed(root_of(1));
    }
    CHECK((fetcher.plan(wanted, kNodes, everyone).unavailable == std::vector{root_of(1)}));
    fetcher.on_tick();
    CHECK(fetcher.plan(wanted, kNodes, everyone).requests.size() == 1);
}
