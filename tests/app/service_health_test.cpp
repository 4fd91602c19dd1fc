#include <catch2/catch.hpp>

#include "tests/app/service_tree_fixture.hpp"

using namespace tests;

TEST_CASE("a monitor whose ticks stop is degraded, then unhealthy, and then made anew", "[cli]") {
    Tree tree;
    tree.start();
    tree.clock.advance(1h);
    CHECK(healths(tree).empty());
    CHECK(tree.published<updates::RunStarted>().size() == 1);
    tree.monitor_clock.loses_timers = true;
    // The last tick was at the hour; two slots may pass, and then comes the next check.
    tree.clock.advance(29s);
    CHECK(healths(tree).empty());
    tree.clock.advance(9s);
    REQUIRE(healths(tree).size() == 1);
    CHECK(healths(tree)[0].starts_with("degraded no tick for "));
    tree.monitor_clock.loses_timers = false;
    tree.clock.advance(2s);
    REQUIRE(healths(tree).size() == 3);
    CHECK(healths(tree)[1].starts_with("unhealthy no tick for "));
    CHECK(healths(tree)[2] == "healthy ");
    REQUIRE(tree.published<updates::ServiceEnded>().size() == 1);
    CHECK(tree.published<updates::ServiceEnded>()[0].reason ==
          updates::ServiceEndReason::kUnhealthy);
    CHECK(tree.published<updates::RunStarted>().size() == 2);
    CHECK(tree.nodes.live() == 2);
}

TEST_CASE("a change of a service's health is an update, and stays in the snapshot", "[cli]") {
    std::string problem;
    Tree* whole = nullptr;
    supervisor::Child sick = supervisor::make_child(
        "sick", [&] { return whole->clock.sleep_until(base::MonoTime::max()); });
    supervisor::HealthCheck check;
    check.probe = [&]() -> base::Task<std::string> { co_return problem; };
    sick.health = check;
    std::vector<supervisor::Child> others;
    others.push_back(std::move(sick));
    Tree tree{{}, std::move(others)};
    whole = &tree;
    tree.start();
    tree.clock.advance(1min);
    CHECK(tree.published<updates::ServiceHealth>().empty());
    problem = "the disk is slow";
    tree.clock.advance(10s);
    const updates::ServiceHealth degraded{"sick", updates::ServiceHealthState::kDegraded,
                                          "the disk is slow"};
    REQUIRE(tree.published<updates::ServiceHealth>().size() == 1);
    CHECK((tree.published<updates::ServiceHealth>()[0] == degraded));
    // The monitor's run ends and begins meanwhile: what is known of services stays.
    REQUIRE(tree.candidates.replace({tests::candidate("gamma")}).value());
    tree.clock.advance(1s);
    const auto& services = tree.broadcast.snapshot().services;
    REQUIRE(services.contains("sick"));
    CHECK((services.at("sick").health == updates::ServiceHealthState::kDegraded));
    CHECK(services.at("sick").health_detail == "the disk is slow");
    problem.clear();
    tree.clock.advance(10s);
    CHECK(tree.published<updates::ServiceHealth>().size() == 2);
    CHECK((services.at("sick").health == updates::ServiceHealthState::kHealthy));
    CHECK(services.at("sick").health_detail.empty());
}

TEST_CASE("a program that was stopped for a while is no reason to restart its monitor", "[cli]") {
    for (int second = 0; second < 60; ++second) {
        Tree tree;
        tree.start();
        tree.clock.advance(10min + std::chrono::seconds{second});
        tree.clock.skip(1h);
        tree.clock.advance(5min);
        CHECK(tree.published<updates::RunStarted>().size() == 1);
    }
}

TEST_CASE("the tree can be read with all its policies", "[cli]") {
    Tree tree;
    const auto lines = tree.program->tree().describe();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == "headmon");
    CHECK(
        lines[1] ==
        "  monitor: restartable; after a failure: next tick; after a clean end: 100ms; no budget; "
        "a wait may end early, not before 100ms; check every 10s, timeout 5s, unhealthy after 2 "
        "in a row");
}
