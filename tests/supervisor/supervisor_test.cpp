#include "supervisor/supervisor.hpp"

#include <catch2/catch.hpp>

#include "base/notify.hpp"
#include "tests/supervisor/supervisor_fixture.hpp"

using namespace std::chrono_literals;
using supervisor::Child;
using supervisor::make_child;
using supervisor::ServiceState;
using tests::SupervisorFixture;
using tests::Held;
using tests::Running;
using tests::without_jitter;
using Lines = std::vector<std::string>;

TEST_CASE("a service that fails is built anew after each wait of its backoff", "[supervisor]") {
    SupervisorFixture fixture;
    std::vector<base::Duration> starts;
    const auto begin = fixture.clock.now();
    Child child = without_jitter(make_child("flaky", [&]() -> base::Task<void> {
        starts.push_back(fixture.clock.now() - begin);
        return fixture.fail_after(1s);
    }));
    Running running{fixture, {child}};
    fixture.clock.advance(100s);
    // Each run takes a second; waits of 1, 2, 4, 8, 16, 30 s lie between.
    const std::vector<base::Duration> expected{0s, 2s, 5s, 10s, 19s, 36s, 67s, 98s};
    CHECK((starts == expected));
    REQUIRE(fixture.ends.size() == 8);
    CHECK(fixture.ends[0] == "flaky failed: broken -> 1s");
    CHECK(fixture.ends[5] == "flaky failed: broken -> 30s");
    CHECK(running.root.status()[0].restarts == 7);
    CHECK((running.root.status()[0].state == ServiceState::kWaiting));
}

TEST_CASE("an instance is destroyed before its end is reported and the next one is built",
          "[supervisor]") {
    SupervisorFixture fixture;
    int built = 0;
    int destroyed = 0;
    Child child;
    child.name = "holder";
    child.policy.after_failure = supervisor::Immediate{};
    child.policy.budget = supervisor::Budget{3, 1h};
    child.policy.on_budget_exhausted = supervisor::OnBudgetExhausted::kStop;
    child.factory = [&] {
        CHECK(destroyed == built);
        ++built;
        auto held = std::make_shared<Held>(destroyed);
        return supervisor::make_service(
            "holder", [&fixture, held]() -> base::Task<void> { return fixture.fail_after(1s); });
    };
    auto environment = fixture.environment();
    environment.on_service_end = [&](const supervisor::ServiceEnd&) { CHECK(destroyed == built); };
    supervisor::Supervisor root{"root", environment, {child}};
    base::asio::co_spawn(fixture.loop, root.run(), [](const std::exception_ptr&) {});
    fixture.clock.advance(1min);
    CHECK(built == 4);
    CHECK(destroyed == 4);
}

TEST_CASE("a factory that throws counts like a run that failed", "[supervisor]") {
    SupervisorFixture fixture;
    Child child = without_jitter(make_child("unborn", {}));
    int tries = 0;
    child.factory = [&]() -> std::unique_ptr<supervisor::Service> {
        ++tries;
        throw std::runtime_error{"address in use"};
    };
    child.policy.budget = supervisor::Budget{3, 1h};
    Running running{fixture, {child}};
    fixture.clock.advance(1h);
    CHECK(tries == 4);
    const Lines expected{"unborn failed: start: address in use -> 1s",
                         "unborn failed: start: address in use -> 2s",
                         "unborn failed: start: address in use -> 4s",
                         "unborn failed: start: address in use (budget spent) fatal"};
    CHECK(fixture.ends == expected);
    CHECK(running.fatal_end() == "unborn: failed: start: address in use (budget spent)");
}

TEST_CASE("a factory that builds nothing is a failed start", "[supervisor]") {
    SupervisorFixture fixture;
    Child child = without_jitter(make_child("empty", {}));
    child.factory = [] { return std::unique_ptr<supervisor::Service>{}; };
    Running running{fixture, {child}};
    CHECK(fixture.ends == Lines{"empty failed: start: the factory built nothing -> 1s"});
}

TEST_CASE("a clean end waits its own wait and never spends the budget", "[supervisor]") {
    SupervisorFixture fixture;
    int runs = 0;
    Child child = without_jitter(make_child("monitor", [&]() -> base::Task<void> {
        ++runs;
        return fixture.stay_for(1s);
    }));
    child.policy.after_completion = supervisor::FixedDelay{100ms};
    child.policy.budget = supervisor::Budget{1, 1h};
    Running running{fixture, {child}};
    fixture.clock.advance(110s);
    CHECK(runs == 101);
    CHECK(fixture.ends.front() == "monitor completed -> 100ms");
    CHECK(fixture.ends.size() == 100);
    CHECK_FALSE(running.ended);
}

TEST_CASE("a failed run starts again at the next tick and a clean one after 100 ms",
          "[supervisor]") {
    SupervisorFixture fixture;
    const auto begin = fixture.clock.now();
    std::vector<base::Duration> starts;
    bool fails = true;
    Child child = make_child("monitor", [&]() -> base::Task<void> {
        starts.push_back(fixture.clock.now() - begin);
        return fails ? fixture.fail_after(5s) : fixture.stay_for(5s);
    });
    const auto next = [&](base::MonoTime now) { return begin + ((now - begin) / 12s + 1) * 12s; };
    child.policy.after_failure = supervisor::NextTick{next};
    child.policy.after_completion = supervisor::FixedDelay{100ms};
    Running running{fixture, {child}};
    fixture.clock.advance(13s);
    fails = false;
    fixture.clock.advance(17s);
    const std::vector<base::Duration> expected{0s, 12s, 24s, 29100ms};
    CHECK((starts == expected));
}

TEST_CASE("a change ends the wait for a restart early but not before its floor", "[supervisor]") {
    SupervisorFixture fixture;
    const auto begin = fixture.clock.now();
    std::vector<base::Duration> starts;
    base::Notify changed{fixture.loop.get_executor()};
    Child child = make_child("monitor", [&]() -> base::Task<void> {
        starts.push_back(fixture.clock.now() - begin);
        static_cast<void>(changed.take());
        return fixture.fail_after(1s);
    });
    child.policy.after_failure = supervisor::FixedDelay{10s};
    child.restart_trigger = supervisor::RestartTrigger{[&] { return changed.wait(); }, 100ms};
    Running running{fixture, {child}};
    fixture.clock.advance(1010ms);
    changed.notify();
    fixture.clock.advance(89ms);
    CHECK(starts.size() == 1);
    fixture.clock.advance(1ms);
    REQUIRE(starts.size() == 2);
    CHECK((starts[1] == 1100ms));
    // Ends at 2.1 s; a change at 5 s starts it then; the next wait is full again.
    fixture.clock.advance(3900ms);
    changed.notify();
    fixture.clock.advance(11s);
    const std::vector<base::Duration> expected{0s, 1100ms, 5s, 16s};
    CHECK((starts == expected));
}

TEST_CASE("an immediate restart of a start that always fails lets the loop turn", "[supervisor]") {
    SupervisorFixture fixture;
    Child child = make_child("spinner", {});
    child.policy.after_failure = supervisor::Immediate{};
    child.factory = []() -> std::unique_ptr<supervisor::Service> {
        throw std::runtime_error{"no"};
    };
    supervisor::Supervisor root{"root", fixture.environment(), {child}};
    base::asio::co_spawn(fixture.loop, root.run(), [](const std::exception_ptr&) {});
    for (int i = 0; i < 1000; ++i) {
        fixture.loop.poll_one();
    }
    bool turned = false;
    base::asio::post(fixture.loop, [&] { turned = true; });
    for (int i = 0; i < 100; ++i) {
        fixture.loop.poll_one();
    }
    CHECK(turned);
    CHECK(fixture.ends.size() > 10);
}

TEST_CASE("a child of a group is restarted alone", "[supervisor]") {
    SupervisorFixture fixture;
    int siblings = 0;
    int outsiders = 0;
    const auto counts = [&fixture](int& starts) {
        return [&fixture, &starts]() -> base::Task<void> {
            ++starts;
            return fixture.stay();
        };
    };
    Child web = supervisor::make_group(
        "web", {without_jitter(make_child("api", [&] { return fixture.fail_after(1s); })),
                make_child("metrics", counts(siblings))});
    Running running{fixture, {web, make_child("monitor", counts(outsiders))}};
    fixture.clock.advance(10min);
    CHECK(siblings == 1);
    CHECK(outsiders == 1);
    CHECK(fixture.ends.size() > 10);
    CHECK(fixture.ends[0] == "web/api failed: broken -> 1s");
}

TEST_CASE("a service that crashes disturbs no other: their events are the same with and without it",
          "[supervisor]") {
    const auto events = [](bool with_crashes) {
        SupervisorFixture fixture;
        Lines seen;
        const auto begin = fixture.clock.now();
        const auto ticks = [&](const std::string& name, base::Duration every) {
            return make_child(name, [&fixture, &seen, begin, name, every]() -> base::Task<void> {
                while (true) {
                    co_await fixture.stay_for(every);
                    seen.push_back(name + " " + supervisor::to_string(fixture.clock.now() - begin));
                }
            });
        };
        std::vector<Child> children{ticks("a", 700ms), ticks("b", 1100ms)};
        if (with_crashes) {
            Child crash = make_child("crash", [&] { return fixture.fail_after(300ms); });
            crash.policy.after_failure = supervisor::Immediate{};
            children.insert(children.begin() + 1, crash);
        }
        Running running{fixture, children};
        fixture.clock.advance(1min);
        CHECK(fixture.ends.empty() != with_crashes);
        return seen;
    };
    const Lines without = events(false);
    CHECK(without.size() == 85 + 54);
    CHECK(events(true) == without);
}

TEST_CASE("ends stand in the band behind the last event of the run they end, under load",
          "[supervisor]") {
    SupervisorFixture fixture;
    Lines band;
    int run = 0;
    // Each run publishes as fast as it can and crashes after so many updates.
    const auto crashes = [&]() -> base::Task<void> {
        const int own_run = ++run;
        for (int i = 0; i < 10 + own_run; ++i) {
            band.push_back("run " + std::to_string(own_run));
            if (i % 3 == 0) {
                co_await base::asio::post(fixture.loop, base::asio::use_awaitable);
            }
        }
        throw std::runtime_error{"crash"};
    };
    const auto noise = [&]() -> base::Task<void> {
        for (int i = 0; i < 5000; ++i) {
            band.push_back("noise");
            co_await base::asio::post(fixture.loop, base::asio::use_awaitable);
        }
        co_await fixture.stay();
    };
    Child child = make_child("publisher", crashes);
    child.policy.after_failure = supervisor::Immediate{};
    child.policy.budget = supervisor::Budget{50, 1h};
    child.policy.on_budget_exhausted = supervisor::OnBudgetExhausted::kStop;
    auto environment = fixture.environment();
    environment.on_service_end = [&](const supervisor::ServiceEnd& end) {
        band.push_back("end " + std::to_string(end.failures));
    };
    supervisor::Supervisor root{"root", environment, {child, make_child("noise", noise)}};
    base::asio::co_spawn(fixture.loop, root.run(), [](const std::exception_ptr&) {});
    fixture.clock.advance(1s);
    std::erase(band, "noise");
    Lines expected;
    for (std::size_t r = 1; r <= 51; ++r) {
        expected.insert(expected.end(), 10 + r, "run " + std::to_string(r));
        expected.push_back("end " + std::to_string(r));
    }
    CHECK(band == expected);
}

TEST_CASE("a service that ends its own waits has failed: nobody cancelled it", "[supervisor]") {
    SupervisorFixture fixture;
    Child child = without_jitter(make_child("self", [&]() -> base::Task<void> {
        co_await fixture.stay_for(1s);
        throw boost::system::system_error{base::asio::error::operation_aborted};
    }));
    Running running{fixture, {child}};
    fixture.clock.advance(1s);
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.ends[0].starts_with("self failed: "));
    CHECK(fixture.ends[0].ends_with("-> 1s"));
}

TEST_CASE("an exception text is made printable and bounded", "[supervisor]") {
    SupervisorFixture fixture;
    Child child = without_jitter(make_child("hostile", [&]() -> base::Task<void> {
        co_await fixture.stay_for(1s);
        throw std::runtime_error{"\x1b[31m\n" + std::string(10000, 'x')};
    }));
    Running running{fixture, {child}};
    fixture.clock.advance(1s);
    REQUIRE(fixture.ends.size() == 1);
    CHECK(fixture.ends[0].find('\x1b') == std::string::npos);
    CHECK(fixture.ends[0].find('\n') == std::string::npos);
    CHECK(fixture.ends[0].size() < 300);
}

TEST_CASE("an exception that is no std exception is a failure like others", "[supervisor]") {
    SupervisorFixture fixture;
    Child child = without_jitter(make_child("odd", [&]() -> base::Task<void> {
        co_await fixture.stay_for(1s);
        throw 42;
    }));
    Running running{fixture, {child}};
    fixture.clock.advance(1s);
    CHECK(fixture.ends == Lines{"odd failed: an exception that is no std::exception -> 1s"});
}

TEST_CASE("two services that fail together come back apart, and the same way with the same seed",
          "[supervisor]") {
    const auto waits = [](std::uint64_t seed) {
        SupervisorFixture fixture;
        auto environment = fixture.environment();
        environment.seed = seed;
        std::vector<base::Duration> all;
        environment.on_service_end = [&](const supervisor::ServiceEnd& end) {
            all.push_back(end.restart_after.value());
        };
        supervisor::Supervisor root{"root",
                                    environment,
                                    {make_child("a", [&] { return fixture.fail_after(1s); }),
                                     make_child("b", [&] { return fixture.fail_after(1s); })}};
        base::asio::co_spawn(fixture.loop, root.run(), [](const std::exception_ptr&) {});
        fixture.clock.advance(1s);
        return all;
    };
    const auto all = waits(1);
    REQUIRE(all.size() == 2);
    CHECK((all[0] != all[1]));
    CHECK((waits(1) == all));
    CHECK((waits(2) != all));
}
