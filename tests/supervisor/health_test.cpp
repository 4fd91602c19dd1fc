#include <catch2/catch.hpp>

#include "tests/supervisor/supervisor_fixture.hpp"

using namespace std::chrono_literals;
using supervisor::Child;
using supervisor::Health;
using supervisor::make_child;
using tests::SupervisorFixture;
using tests::Running;
using Lines = std::vector<std::string>;

namespace {

/// A service that stays, with a check whose answer the test sets.
struct Checked {
    SupervisorFixture fixture = {};
    bool is_well = true;
    int checks = 0;
    int runs = 0;
    base::Duration answers_after = 0s;

    base::Task<std::string> probe() {
        ++checks;
        co_await fixture.clock.sleep_until(fixture.clock.now() + answers_after);
        co_return is_well ? "" : "no ticks for 30s";
    }

    Child child(tests::Run run) {
        Child made = make_child("monitor", [this, run = std::move(run)] {
            ++runs;
            return run();
        });
        made.policy.after_failure = supervisor::FixedDelay{1s};
        made.health = supervisor::HealthCheck{[this] { return probe(); }, 10s, 5s, 3};
        return made;
    }
    Child child() {
        return child([this] { return fixture.stay(); });
    }
};

}  // namespace

TEST_CASE("a healthy service is checked at each interval and left alone", "[supervisor]") {
    Checked checked;
    Running running{checked.fixture, {checked.child()}};
    checked.fixture.clock.advance(10s - 1ns);
    CHECK(checked.checks == 0);
    checked.fixture.clock.advance(1ns);
    CHECK(checked.checks == 1);
    checked.fixture.clock.advance(90s);
    CHECK(checked.checks == 10);
    CHECK(checked.fixture.ends.empty());
    CHECK(checked.fixture.healths.empty());
    CHECK((running.root.status()[0].health == Health::kHealthy));
}

TEST_CASE("failed checks degrade a service and as many as the threshold restart it",
          "[supervisor]") {
    Checked checked;
    Running running{checked.fixture, {checked.child()}};
    checked.is_well = false;
    checked.fixture.clock.advance(29s);
    CHECK(checked.fixture.healths == Lines{"monitor degraded: no ticks for 30s"});
    CHECK((running.root.status()[0].health == Health::kDegraded));
    CHECK(checked.fixture.ends.empty());
    checked.fixture.clock.advance(1s);
    CHECK(checked.fixture.healths.back() == "monitor unhealthy: no ticks for 30s");
    CHECK(checked.fixture.ends == Lines{"monitor unhealthy: no ticks for 30s -> 1s"});
    CHECK(checked.runs == 1);
    checked.is_well = true;
    checked.fixture.clock.advance(1s);
    CHECK(checked.runs == 2);
    CHECK(checked.fixture.healths.back() == "monitor healthy");
    checked.fixture.clock.advance(1min);
    CHECK(checked.runs == 2);
}

TEST_CASE("a check that passes between failed ones starts the count anew", "[supervisor]") {
    Checked checked;
    Running running{checked.fixture, {checked.child()}};
    for (int i = 0; i < 5; ++i) {
        checked.is_well = false;
        checked.fixture.clock.advance(20s);
        checked.is_well = true;
        checked.fixture.clock.advance(10s);
    }
    CHECK(checked.runs == 1);
    CHECK(checked.fixture.ends.empty());
    CHECK(checked.fixture.healths.size() == 10);
    CHECK(checked.fixture.healths.back() == "monitor healthy");
}

TEST_CASE("a fresh instance starts with a fresh count", "[supervisor]") {
    Checked checked;
    Running running{checked.fixture, {checked.child([&] { return checked.fixture.fail_after(25s); })}};
    checked.is_well = false;
    checked.fixture.clock.advance(25s);
    CHECK(checked.fixture.ends == Lines{"monitor failed: broken -> 1s"});
    checked.fixture.clock.advance(26s);
    CHECK(checked.fixture.ends.size() == 2);
    CHECK(checked.fixture.ends.back() == "monitor failed: broken -> 1s");
}

TEST_CASE("a check without an answer within its timeout has failed", "[supervisor]") {
    Checked checked;
    checked.answers_after = 5s + 1ns;
    Running running{checked.fixture, {checked.child()}};
    checked.fixture.clock.advance(15s);
    CHECK(checked.fixture.healths == Lines{"monitor degraded: no answer within 5s"});
    checked.fixture.clock.advance(30s);
    CHECK(checked.fixture.ends == Lines{"monitor unhealthy: no answer within 5s -> 1s"});
}

TEST_CASE("a check that throws has failed", "[supervisor]") {
    Checked checked;
    Child child = checked.child();
    child.health->probe = []() -> base::Task<std::string> {
        throw std::runtime_error{"refused"};
        co_return "";
    };
    Running running{checked.fixture, {child}};
    checked.fixture.clock.advance(10s);
    CHECK(checked.fixture.healths == Lines{"monitor degraded: refused"});
}

TEST_CASE("a check that ignores its cancellation is not doubled", "[supervisor]") {
    Checked checked;
    Child child = checked.child();
    int started = 0;
    child.health->probe = [&]() -> base::Task<std::string> {
        ++started;
        co_await checked.fixture.ignore_cancellation(1h);
        co_return "";
    };
    Running running{checked.fixture, {child}};
    checked.fixture.clock.advance(30min);
    CHECK(started == 1);
    CHECK(checked.runs > 10);
    CHECK(checked.fixture.ends[1] == "monitor unhealthy: an earlier check still runs -> 1s");
    running.cancel();
    CHECK(running.was_cancelled());
}

TEST_CASE("an unhealthy service is given time to end before it is started again", "[supervisor]") {
    Checked checked;
    checked.is_well = false;
    Running running{checked.fixture,
                    {checked.child([&] { return checked.fixture.ignore_cancellation(39s); })}};
    checked.fixture.clock.advance(39s - 1ns);
    CHECK(checked.fixture.ends.empty());
    checked.fixture.clock.advance(1ns);
    CHECK(checked.fixture.ends == Lines{"monitor unhealthy: no ticks for 30s -> 1s"});
}

TEST_CASE("an unhealthy service that ignores its cancellation is abandoned and not replaced",
          "[supervisor]") {
    Checked checked;
    checked.is_well = false;
    Child child = checked.child([&] { return checked.fixture.ignore_cancellation(24h); });
    child.policy.on_budget_exhausted = supervisor::OnBudgetExhausted::kStop;
    Running running{checked.fixture,
                    {child, make_child("other", [&] { return checked.fixture.stay(); })}};
    checked.fixture.clock.advance(40s);
    CHECK(checked.fixture.ends ==
          Lines{"monitor timeout: unhealthy, and did not end within 10s when told to"});
    checked.fixture.clock.advance(1h);
    CHECK(checked.runs == 1);
    CHECK(running.root.status()[0].abandoned == 1);
    CHECK_FALSE(running.ended);
    running.cancel();
    CHECK(running.was_cancelled());
}

TEST_CASE("leaving a service behind is fatal by default", "[supervisor]") {
    Checked checked;
    checked.is_well = false;
    Running running{checked.fixture,
                    {checked.child([&] { return checked.fixture.ignore_cancellation(24h); })}};
    checked.fixture.clock.advance(40s);
    CHECK(running.fatal_end() ==
          "monitor: timeout: unhealthy, and did not end within 10s when told to");
}

TEST_CASE("a tree that ends while an unhealthy service is ending waits for it", "[supervisor]") {
    Checked checked;
    checked.is_well = false;
    Running running{checked.fixture,
                    {checked.child([&] { return checked.fixture.ignore_cancellation(33s); })}};
    checked.fixture.clock.advance(31s);
    running.cancel();
    CHECK_FALSE(running.ended);
    checked.fixture.clock.advance(2s);
    CHECK(running.was_cancelled());
    CHECK(checked.fixture.ends == Lines{"monitor unhealthy: no ticks for 30s"});
}

TEST_CASE("an unhealthy critical service is the end of the program", "[supervisor]") {
    Checked checked;
    checked.is_well = false;
    Child child = checked.child();
    child.kind = supervisor::Kind::kCritical;
    Running running{checked.fixture, {child}};
    checked.fixture.clock.advance(30s);
    CHECK(running.fatal_end() == "monitor: unhealthy: no ticks for 30s");
}

TEST_CASE("the checks of one service are no matter to another", "[supervisor]") {
    Checked checked;
    checked.is_well = false;
    int ticks = 0;
    Running running{checked.fixture, {checked.child(), make_child("other", [&]() -> base::Task<void> {
                                        while (true) {
                                            co_await checked.fixture.stay_for(1s);
                                            ++ticks;
                                        }
                                    })}};
    checked.fixture.clock.advance(10min);
    CHECK(ticks == 600);
}
