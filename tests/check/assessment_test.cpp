#include <catch2/catch.hpp>

#include "tests/check/looks.hpp"
#include "chain/slot.hpp"
#include "updates/node_status.hpp"

using namespace tests;
using check::Grade;

TEST_CASE("a node with nothing wrong is good, and nothing is said of it", "[cli]") {
    const auto verdict = check::judge({good_node()}, {});
    CHECK((verdict.grade == Grade::kGood));
    CHECK(findings(verdict.nodes.front().findings) == Words{});
    CHECK((verdict.nodes.front().head_age == 0));
    CHECK((verdict.chain.has_value()));
}

TEST_CASE("the grade of all: good, degraded, unusable, and nothing to check", "[cli]") {
    NodeLook degraded = good_node("beta");
    degraded.syncing.said->el_offline = true;
    CHECK((check::judge({good_node(), good_node("beta")}, {}).grade == Grade::kGood));
    CHECK((check::judge({good_node(), degraded}, {}).grade == Grade::kDegraded));
    CHECK((check::judge({unreachable_node(), degraded}, {}).grade == Grade::kDegraded));
    CHECK((check::judge({unreachable_node(), good_node("beta")}, {}).grade == Grade::kDegraded));
    CHECK((check::judge({unreachable_node()}, {}).grade == Grade::kUnusable));
    CHECK((check::judge({}, {}).grade == Grade::kCouldNotCheck));
    CHECK(check::exit_code_of(Grade::kGood) == 0);
    CHECK(check::exit_code_of(Grade::kDegraded) == 1);
    CHECK(check::exit_code_of(Grade::kUnusable) == 2);
    CHECK(check::exit_code_of(Grade::kCouldNotCheck) == 3);
}

TEST_CASE("the minority is on the wrong network, and the configured network wins", "[cli]") {
    NodeLook other = good_node("other");
    other.genesis.said->time = kGenesis + 12s;
    const std::vector<NodeLook> looks{other, good_node("a"), good_node("b")};
    const auto by_majority = check::judge(looks, {});
    CHECK(findings(by_majority.nodes[0].findings) == Words{"wrong_network:unusable"});
    CHECK(findings(by_majority.nodes[1].findings) == Words{});
    CHECK((by_majority.grade == Grade::kDegraded));

    check::CheckContext context;
    context.network = monitor::ConfiguredNetwork{kGenesis + 12s, 12s, std::nullopt};
    const auto by_config = check::judge(looks, context);
    CHECK(findings(by_config.nodes[0].findings) == Words{});
    CHECK(findings(by_config.nodes[1].findings) == Words{"wrong_network:unusable"});
    CHECK((by_config.nodes[1].network == updates::NetworkCheck::kMismatch));
    CHECK((check::judge({good_node()}, context).grade == Grade::kUnusable));
}

TEST_CASE("the clock: one node that differs is the node's, all of them are ours", "[cli]") {
    NodeLook off = good_node("off");
    off.exchanges = {exchange(5s)};
    SECTION("one of three") {
        const auto verdict = check::judge({good_node("a"), good_node("b"), off}, {});
        CHECK(findings(verdict.findings) == Words{});
        CHECK(findings(verdict.nodes[2].findings) == Words{"node_clock_off:degraded"});
        CHECK(findings(verdict.nodes[0].findings) == Words{});
    }
    SECTION("the only one") {
        const auto verdict = check::judge({off}, {});
        CHECK(findings(verdict.findings) == Words{"clock_off:degraded"});
        CHECK(findings(verdict.nodes[0].findings) == Words{});
        CHECK((verdict.grade == Grade::kDegraded));
        CHECK((verdict.nodes[0].grade == Grade::kGood));
    }
    SECTION("off by more than a slot, ages say nothing") {
        off.exchanges = {exchange(-60s)};
        off.head.said->slot = chain::Slot{kNow + 5};
        const auto verdict = check::judge({off}, {});
        CHECK(findings(verdict.nodes[0].findings) == Words{});
        CHECK(findings(verdict.findings) == Words{"clock_off:degraded"});
    }
}

TEST_CASE("a kernel clock that nothing keeps right changes no verdict", "[cli]") {
    check::CheckContext context;
    context.kernel = base::KernelClock{false};
    const auto verdict = check::judge({good_node()}, context);
    CHECK(findings(verdict.findings) == Words{"clock_not_synchronised:good"});
    CHECK((verdict.grade == Grade::kGood));
    CHECK((verdict.kernel_synchronised == false));
    context.kernel = base::KernelClock{true};
    CHECK(findings(check::judge({good_node()}, context).findings) == Words{});
}
