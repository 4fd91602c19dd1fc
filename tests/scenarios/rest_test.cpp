#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/node_health.hpp"
#include "updates/update.hpp"

namespace rest_test {

using namespace std::chrono_literals;
using Breaker = updates::BreakerState;
using simulator::FaultKind;
using tests::ScenarioFixture;
using updates::NodeHead;

namespace {

/// A node whose REST has a fault in slots 5 to 14 while its stream goes on.
simulator::Scenario with_rest_fault(simulator::Fault fault) {
    fault.from_slot = 5;
    fault.to_slot = 14;
    return tests::scene(
        {tests::node("a", "lighthouse", 1000, {fault}), tests::node("well", "prysm", 1100)});
}

}  // namespace

TEST_CASE("a node whose REST is down is asked once a slot after three failed ones",
          "[scenarios][rest]") {
    for (const int status : {0, 500}) {
        INFO("status " << status);
        auto down = tests::fault(FaultKind::kRestDown, 0, 0);
        down.status = status;
        ScenarioFixture fixture{with_rest_fault(down)};
        fixture.play_to(9);
        const std::size_t usual = fixture.rest_requests("a", 4);
        CHECK(usual >= 2);
        CHECK(usual <= 5);
        for (std::uint64_t slot = 5; slot <= 8; ++slot) {
            CHECK(fixture.rest_requests("a", slot) >= 1);
            CHECK(fixture.rest_requests("a", slot) <= usual);
        }
        fixture.play_to(15);
        for (std::uint64_t slot = 9; slot <= 14; ++slot) {
            CHECK(fixture.rest_requests("a", slot) == 1);
        }
        CHECK((fixture.status("a").breaker != Breaker::kClosed));
        // The stream does not suffer: heads go on, timed, and nothing ends.
        for (std::uint64_t slot = 5; slot <= 14; ++slot) {
            const auto head = fixture.head("a", slot);
            REQUIRE(head.has_value());
            CHECK(head->timing.delay.has_value());
        }
        CHECK(fixture.ends("a").empty());
        CHECK((fixture.status("a").network_check == updates::NetworkCheck::kMatch));
        fixture.play_to(18);
        CHECK((fixture.status("a").breaker == Breaker::kClosed));
        CHECK(fixture.rest_requests("a", 17) == usual);
        CHECK((fixture.status("well").breaker == Breaker::kClosed));
        CHECK(fixture.rest_requests("well", 12) == usual);
    }
}

TEST_CASE("a node that asks to be left alone is left alone for so long", "[scenarios][rest]") {
    for (const int status : {429, 503}) {
        INFO("status " << status);
        auto refuses = tests::fault(FaultKind::kRetryAfter, 0, 0);
        refuses.status = status;
        refuses.retry_after = 40s;
        ScenarioFixture fixture{with_rest_fault(refuses)};
        fixture.play_to(8);
        CHECK((fixture.status("a").breaker == Breaker::kRetryAfter));
        CHECK((fixture.status("a").rest_retry_after.value_or(0s) > 0s));
        fixture.play_to(18);
        CHECK((fixture.status("a").breaker == Breaker::kClosed));
        CHECK_FALSE(fixture.status("a").rest_retry_after.has_value());
        // 40 s from the tick of slot 5 on: the next question is that of slot 9, and then of 13.
        const std::vector<std::size_t> expected{1, 0, 0, 0, 1, 0, 0, 0, 1, 0};
        for (std::size_t i = 0; i < expected.size(); ++i) {
            INFO("slot " << 5 + i);
            CHECK(fixture.rest_requests("a", 5 + i) == expected[i]);
        }
        CHECK(fixture.ends("a").empty());
        CHECK(fixture.head("a", 10).has_value());
        CHECK(fixture.rest_requests("a", 17) > 1);
    }
}

TEST_CASE("what a Retry-After keeps us from knowing is unknown after three slots",
          "[scenarios][rest]") {
    auto refuses = tests::fault(FaultKind::kRetryAfter, 0, 0);
    refuses.status = 429;
    // Longer than anybody may ask for: 32 slots.
    refuses.retry_after = 3600s;
    auto scenario = with_rest_fault(refuses);
    scenario.nodes[0].faults[0].to_slot = 5;
    ScenarioFixture fixture{scenario};
    fixture.play_to(7);
    REQUIRE(fixture.status("a").syncing.has_value());
    CHECK(updates::find_issues(fixture.status("a")).none());
    fixture.play_to(12);
    CHECK_FALSE(fixture.status("a").syncing.has_value());
    CHECK(updates::has_issue(updates::find_issues(fixture.status("a")),
                             updates::NodeIssue::kRestDown));
    CHECK(fixture.head("a", 11).has_value());
    fixture.play_to(42);
    CHECK(fixture.status("a").syncing.has_value());
    CHECK(updates::find_issues(fixture.status("a")).none());
}

TEST_CASE("headers are not asked of a node whose REST is down", "[scenarios][rest]") {
    auto down = tests::fault(FaultKind::kRestDown, 4, 20);
    down.status = 500;
    auto scenario = tests::scene(
        {tests::node("a", "lighthouse", 1000, {down}), tests::node("b", "prysm", 1100)});
    ScenarioFixture fixture{scenario};
    fixture.play_to(20);
    for (const auto& request : fixture.requests()) {
        if (request.node == "a" && request.slot > 8) {
            CHECK(request.target.find("/headers/0x") == std::string::npos);
        }
    }
}

TEST_CASE("a slot costs a healthy node a handful of questions", "[scenarios][rest]") {
    ScenarioFixture fixture{
        tests::scene({tests::node("a", "lighthouse", 1000), tests::node("b", "prysm", 1100),
                      tests::node("c", "caplin", 1200)})};
    fixture.play_to(12);
    for (const char* const name : {"a", "b", "c"}) {
        for (std::uint64_t slot = 2; slot < 12; ++slot) {
            INFO(name << " in slot " << slot);
            CHECK(fixture.rest_requests(name, slot) >= 2);
            CHECK(fixture.rest_requests(name, slot) <= 5);
        }
    }
}

}  // namespace rest_test
