#include <catch2/catch.hpp>

#include "supervisor/supervisor.hpp"
#include "tests/supervisor/supervisor_fixture.hpp"

using namespace std::chrono_literals;
using supervisor::Child;
using supervisor::make_child;
using supervisor::ServiceState;
using tests::critical;
using tests::Held;
using tests::Running;
using tests::SupervisorFixture;
using tests::without_jitter;
using Lines = std::vector<std::string>;

TEST_CASE("the end of a critical service ends the tree with its name and reason", "[supervisor]") {
    SupervisorFixture fixture;
    int stopped = 0;
    const auto other = [&]() -> base::Task<void> {
        const Held held{stopped};
        co_await fixture.stay();
    };
    Child heart = critical(make_child("heart", [&] { return fixture.fail_after(5s); }));
    Running running{fixture, {make_child("first", other), heart, make_child("last", other)}};
    fixture.clock.advance(5s - 1ns);
    CHECK_FALSE(running.ended);
    fixture.clock.advance(1ns);
    CHECK(running.ended);
    CHECK(running.fatal_end() == "heart: failed: broken");
    CHECK(fixture.fatals == Lines{"heart failed: broken"});
    CHECK(stopped == 2);
    const Lines expected{"heart failed: broken fatal", "first cancelled", "last cancelled"};
    CHECK(fixture.ends == expected);
}

TEST_CASE("a critical service may not even end cleanly", "[supervisor]") {
    SupervisorFixture fixture;
    Running running{fixture, {critical(make_child("heart", [&] { return fixture.stay_for(5s); }))}};
    fixture.clock.advance(5s);
    CHECK(running.fatal_end() == "heart: completed");
}

TEST_CASE("a critical end deep in the tree ends the whole tree under its path", "[supervisor]") {
    SupervisorFixture fixture;
    Child api = critical(make_child("api", [&] { return fixture.fail_after(5s); }));
    Child web =
        supervisor::make_group("web", {api, make_child("metrics", [&] { return fixture.stay(); })});
    Child outer = supervisor::make_group("outer", {web});
    Running running{fixture, {outer, make_child("monitor", [&] { return fixture.stay(); })}};
    fixture.clock.advance(5s);
    CHECK(running.fatal_end() == "outer/web/api: failed: broken");
    CHECK(fixture.fatals.size() == 1);
    for (const auto& status : running.root.status()) {
        CHECK((status.state == ServiceState::kStopped));
    }
}

TEST_CASE("of two fatal ends the first one is told", "[supervisor]") {
    SupervisorFixture fixture;
    const auto fails_when_cancelled = [&]() -> base::Task<void> {
        try {
            co_await fixture.stay();
        } catch (const boost::system::system_error&) {
        }
        throw std::runtime_error{"could not flush"};
    };
    Running running{fixture,
                    {critical(make_child("heart", [&] { return fixture.fail_after(1s); })),
                     critical(make_child("history", fails_when_cancelled))}};
    fixture.clock.advance(1s);
    CHECK(running.fatal_end() == "heart: failed: broken");
    CHECK(fixture.fatals.size() == 1);
    const Lines expected{"heart failed: broken fatal", "history failed: could not flush fatal"};
    CHECK(fixture.ends == expected);
}

TEST_CASE("a spent budget leaves its service stopped and all others running", "[supervisor]") {
    SupervisorFixture fixture;
    int runs = 0;
    Child child = without_jitter(make_child("history", [&]() -> base::Task<void> {
        ++runs;
        return fixture.fail_after(1s);
    }));
    child.policy.budget = supervisor::Budget{2, 1h};
    child.policy.on_budget_exhausted = supervisor::OnBudgetExhausted::kStop;
    Running running{fixture, {child, make_child("monitor", [&] { return fixture.stay(); })}};
    fixture.clock.advance(24h);
    CHECK(runs == 3);
    CHECK_FALSE(running.ended);
    CHECK(fixture.ends.back() == "history failed: broken (budget spent)");
    const auto status = running.root.status();
    CHECK((status[0].state == ServiceState::kStopped));
    CHECK((status[0].last_end == supervisor::End::kFailed));
    CHECK(status[0].last_detail == "broken (budget spent)");
    CHECK((status[1].state == ServiceState::kRunning));
    running.cancel();
    CHECK(running.was_cancelled());
}

TEST_CASE("a cancelled tree ends all its services and then itself", "[supervisor]") {
    SupervisorFixture fixture;
    int stopped = 0;
    const auto stays = [&]() -> base::Task<void> {
        const Held held{stopped};
        co_await fixture.stay();
    };
    Child web =
        supervisor::make_group("web", {make_child("api", stays), make_child("metrics", stays)});
    Child waiting = make_child("waiting", [&] { return fixture.fail_after(1s); });
    waiting.policy.after_failure = supervisor::FixedDelay{1h};
    Running running{fixture, {make_child("monitor", stays), web, waiting}};
    fixture.clock.advance(1min);
    fixture.ends.clear();
    running.cancel();
    CHECK(running.was_cancelled());
    CHECK(stopped == 3);
    const Lines expected{"monitor cancelled", "web/api cancelled", "web/metrics cancelled",
                         "web cancelled"};
    CHECK(fixture.ends == expected);
}

TEST_CASE("a service that fails while it is told to stop is not started again", "[supervisor]") {
    SupervisorFixture fixture;
    const auto fails_when_cancelled = [&]() -> base::Task<void> {
        try {
            co_await fixture.stay();
        } catch (const boost::system::system_error&) {
        }
        throw std::runtime_error{"could not flush"};
    };
    Child child = make_child("history", fails_when_cancelled);
    child.policy.budget = supervisor::Budget{0, 1h};
    Running running{fixture, {child}};
    running.cancel();
    CHECK(running.was_cancelled());
    CHECK(fixture.ends == Lines{"history failed: could not flush"});
}

TEST_CASE("a tree that makes no sense is refused before anything starts", "[supervisor]") {
    SupervisorFixture fixture;
    const auto stays = [&] { return fixture.stay(); };
    const auto refused = [&](std::vector<Child> children) {
        try {
            const supervisor::Supervisor root{"root", fixture.environment(), std::move(children)};
            return std::string{};
        } catch (const std::invalid_argument& e) {
            return std::string{e.what()};
        }
    };
    CHECK(refused({make_child("a", stays), make_child("b", stays)}).empty());
    CHECK(refused({make_child("a", stays), make_child("a", stays)}) ==
          "service a: the name comes twice");
    CHECK(refused({make_child("a/b", stays)}) ==
          "service a/b: a name is not empty and holds no '/'");
    CHECK_FALSE(refused({make_child("", stays)}).empty());
    Child bare;
    bare.name = "bare";
    CHECK(refused({supervisor::make_group("web", {bare})}) == "service web/bare: no factory");
    Child wrong = make_child("wrong", stays);
    wrong.policy.reset_after = 0s;
    CHECK(refused({wrong}) == "service wrong: out_of_range: reset_after");
    Child unhealthy = make_child("unhealthy", stays);
    unhealthy.health = supervisor::HealthCheck{};
    CHECK_FALSE(refused({unhealthy}).empty());
}

TEST_CASE("the tree is told in words, with every policy", "[supervisor]") {
    SupervisorFixture fixture;
    const auto stays = [&] { return fixture.stay(); };
    Child monitor = make_child("monitor", stays);
    monitor.policy.after_failure =
        supervisor::NextTick{[](base::MonoTime now) { return now + 12s; }};
    monitor.policy.after_completion = supervisor::FixedDelay{100ms};
    monitor.restart_trigger = supervisor::RestartTrigger{stays, 100ms};
    Child history = make_child("history", stays);
    history.policy.budget = supervisor::Budget{5, 10min};
    history.policy.on_budget_exhausted = supervisor::OnBudgetExhausted::kStop;
    history.health =
        supervisor::HealthCheck{[]() -> base::Task<std::string> { co_return ""; }, 10s, 5s, 3};
    const supervisor::Supervisor root{"headmon",
                                      fixture.environment(),
                                      {critical(make_child("signals", stays)), monitor,
                                       supervisor::make_group("web", {history})}};
    const std::string backoff = "restartable; after a failure: 1s, factor 2, cap 30s, jitter 10%; ";
    const std::string as_first = "after a clean end: as after a first failure; ";
    const std::string budget =
        "budget: 5 restarts in 10min, full again after 5min, when spent: stop; ";
    Lines expected{"headmon", "  signals: critical"};
    expected.emplace_back(
        "  monitor: restartable; after a failure: next tick; after a clean end: 100ms; no budget; "
        "a wait may end early, not before 100ms");
    expected.push_back("  web: " + backoff + as_first + "no budget");
    expected.push_back("    history: " + backoff + as_first + budget +
                       "check every 10s, timeout 5s, unhealthy after 3 in a row");
    CHECK(root.describe() == expected);
    history.health->threshold = supervisor::HealthCheck::kNeverUnhealthy;
    const supervisor::Supervisor patient{"headmon", fixture.environment(), {history}};
    CHECK(patient.describe().back().ends_with("check every 10s, timeout 5s, never unhealthy"));
}
