#include "monitor/header_fetcher.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "tests/monitor/chain_blocks.hpp"

using monitor::HeaderFetcher;
using monitor::WantedHeader;
using tests::root_of;
using updates::NodeId;

namespace {

const std::vector<NodeId> kNodes{NodeId{"alpha"}, NodeId{"beta"}, NodeId{"gamma"}, NodeId{"delta"}};

bool everyone(NodeId /*node*/) {
    return true;
}

}  // namespace

TEST_CASE("a header is requested of the node that reported it first", "[monitor]") {
    HeaderFetcher fetcher;
    const auto plan =
        fetcher.plan({{root_of(1), kNodes[2]}, {root_of(2), std::nullopt}}, kNodes, everyone);
    REQUIRE(plan.requests.size() == 2);
    CHECK((plan.requests[0].source == kNodes[2]));
    CHECK((plan.requests[1].source == kNodes[0]));
    CHECK(plan.unavailable.empty());
}

TEST_CASE("a reporter that cannot serve now is passed over", "[monitor]") {
    HeaderFetcher fetcher;
    const auto plan = fetcher.plan({{root_of(1), kNodes[2]}}, kNodes,
                                   [](NodeId node) { return node != kNodes[2]; });
    REQUIRE(plan.requests.size() == 1);
    CHECK((plan.requests[0].source == kNodes[0]));
}

TEST_CASE("a header is requested of one node at a time, and of three in a slot", "[monitor]") {
    HeaderFetcher fetcher;
    const std::vector<WantedHeader> wanted{{root_of(1), kNodes[3]}};
    std::set<NodeId> asked;
    for (int i = 0; i < 3; ++i) {
        const auto plan = fetcher.plan(wanted, kNodes, everyone);
        REQUIRE(plan.requests.size() == 1);
        asked.insert(plan.requests[0].source);
        CHECK(fetcher.plan(wanted, kNodes, everyone).requests.empty());
        fetcher.failed(root_of(1));
    }
    CHECK(asked.size() == 3);
    CHECK(fetcher.sources(root_of(1)).size() == 3);
    const auto spent = fetcher.plan(wanted, kNodes, everyone);
    CHECK(spent.requests.empty());
    CHECK((spent.unavailable == std::vector{root_of(1)}));
    fetcher.on_tick();
    CHECK(fetcher.plan(wanted, kNodes, everyone).requests.size() == 1);
}
