#include <catch2/catch.hpp>

#include "chain/slot.hpp"
#include "tests/check/report_fixture.hpp"
#include "updates/node_status.hpp"

using namespace tests;
using check::Severity;

TEST_CASE("a node with nothing wrong is good, and nothing is said of it", "[check]") {
    const auto assessment = check::assess({good_node()}, {});
    CHECK((assessment.severity == Severity::kGood));
    CHECK(findings(assessment.nodes.front().findings) == Words{});
    CHECK((assessment.nodes.front().head_age == 0));
    CHECK((assessment.chain.has_value()));
}

TEST_CASE("the severity of all: good, degraded, unusable, and nothing to check", "[check]") {
    NodeReport degraded = good_node("beta");
    degraded.syncing.result->el_offline = true;
    CHECK((check::assess({good_node(), good_node("beta")}, {}).severity == Severity::kGood));
    CHECK((check::assess({good_node(), degraded}, {}).severity == Severity::kDegraded));
    CHECK((check::assess({unreachable_node(), degraded}, {}).severity == Severity::kDegraded));
    CHECK((check::assess({unreachable_node(), good_node("beta")}, {}).severity ==
           Severity::kDegraded));
    CHECK((check::assess({unreachable_node()}, {}).severity == Severity::kUnusable));
    CHECK((check::assess({}, {}).severity == Severity::kCouldNotCheck));
    CHECK(check::plugin_status(Severity::kGood) == "OK");
    CHECK(check::plugin_status(Severity::kDegraded) == "WARNING");
    CHECK(check::plugin_status(Severity::kUnusable) == "CRITICAL");
    CHECK(check::plugin_status(Severity::kCouldNotCheck) == "UNKNOWN");
    CHECK(check::exit_code_of(Severity::kGood) == 0);
    CHECK(check::exit_code_of(Severity::kDegraded) == 1);
    CHECK(check::exit_code_of(Severity::kUnusable) == 2);
    CHECK(check::exit_code_of(Severity::kCouldNotCheck) == 3);
}

TEST_CASE("the minority is on the wrong network, and the configured network wins", "[check]") {
    NodeReport other = good_node("other");
    other.genesis.result->time = kGenesis + 12s;
    const std::vector<NodeReport> reports{other, good_node("a"), good_node("b")};
    const auto by_majority = check::assess(reports, {});
    CHECK(findings(by_majority.nodes[0].findings) == Words{"wrong_network:unusable"});
    CHECK(findings(by_majority.nodes[1].findings) == Words{});
    CHECK((by_majority.severity == Severity::kDegraded));

    check::CheckContext context;
    context.network = monitor::ConfiguredNetwork{kGenesis + 12s, 12s, std::nullopt};
    const auto by_config = check::assess(reports, context);
    CHECK(findings(by_config.nodes[0].findings) == Words{});
    CHECK(findings(by_config.nodes[1].findings) == Words{"wrong_network:unusable"});
    CHECK((by_config.nodes[1].network == updates::NetworkCheck::kMismatch));
    CHECK((check::assess({good_node()}, context).severity == Severity::kUnusable));
}

TEST_CASE("the clock: one node that differs is the node's, all of them are ours", "[check]") {
    NodeReport off = good_node("off");
    off.exchanges = {exchange(5s)};
    SECTION("one of three") {
        const auto assessment = check::assess({good_node("a"), good_node("b"), off}, {});
        CHECK(findings(assessment.findings) == Words{});
        CHECK(findings(assessment.nodes[2].findings) == Words{"node_clock_off:degraded"});
        CHECK(findings(assessment.nodes[0].findings) == Words{});
    }
    SECTION("the only one") {
        const auto assessment = check::assess({off}, {});
        CHECK(findings(assessment.findings) == Words{"clock_off:degraded"});
        CHECK(findings(assessment.nodes[0].findings) == Words{});
        CHECK((assessment.severity == Severity::kDegraded));
        CHECK((assessment.nodes[0].severity == Severity::kGood));
    }
    SECTION("off by more than a slot, ages say nothing") {
        off.exchanges = {exchange(-60s)};
        off.head.result->slot = chain::Slot{kNow + 5};
        const auto assessment = check::assess({off}, {});
        CHECK(findings(assessment.nodes[0].findings) == Words{});
        CHECK(findings(assessment.findings) == Words{"clock_off:degraded"});
    }
}

TEST_CASE("a kernel clock that nothing keeps right changes no assessment", "[check]") {
    check::CheckContext context;
    context.kernel = base::KernelClock{false};
    const auto assessment = check::assess({good_node()}, context);
    CHECK(findings(assessment.findings) == Words{"clock_not_synchronised:good"});
    CHECK((assessment.severity == Severity::kGood));
    CHECK((assessment.kernel_synchronised == false));
    context.kernel = base::KernelClock{true};
    CHECK(findings(check::assess({good_node()}, context).findings) == Words{});
}
