#include "supervisor/program.hpp"

#include <csignal>
#include <deque>

#include <catch2/catch.hpp>

#include "tests/supervisor/supervisor_fixture.hpp"

using namespace std::chrono_literals;
using supervisor::Child;
using supervisor::make_child;
using tests::SupervisorFixture;
using Lines = std::vector<std::string>;

namespace {

class FakeSource final : public supervisor::StopSource {
  public:
    explicit FakeSource(SupervisorFixture& fixture) : notify_{fixture.loop.get_executor()} {}

    void send(int signal) {
        signals_.push_back(signal);
        notify_.notify();
    }
    [[nodiscard]] std::optional<int> take() override {
        static_cast<void>(notify_.take());
        if (signals_.empty()) {
            return std::nullopt;
        }
        const int signal = signals_.front();
        signals_.pop_front();
        return signal;
    }
    [[nodiscard]] base::Task<void> wait() override { return notify_.wait(); }
    void arm(base::Duration left, std::string_view cause) override {
        armed.push_back(supervisor::to_string(left) + " " + std::string{cause});
    }

    Lines armed;

  private:
    std::deque<int> signals_;
    base::Notify notify_;
};

/// A program on virtual time.
struct Driven {
    SupervisorFixture& fixture;
    FakeSource source;
    supervisor::Program program;
    std::optional<supervisor::ProgramExit> program_exit;
    base::MonoTime over_at;

    Driven(SupervisorFixture& its_fixture, std::vector<Child> children)
        : fixture{its_fixture},
          source{fixture},
          program{"headmon", fixture.environment(), std::move(children), source,
                  supervisor::ShutdownLimits{}} {}

    void start() {
        base::asio::co_spawn(
            fixture.loop, program.run(),
            [this](const std::exception_ptr& error, const supervisor::ProgramExit& last) {
                CHECK(error == nullptr);
                program_exit = last;
                over_at = fixture.clock.now();
            });
        fixture.clock.advance(0s);
    }
};

}  // namespace

TEST_CASE("a signal ends all services and the program with code 0", "[supervisor]") {
    SupervisorFixture fixture;
    Driven driven{fixture, {make_child("monitor", [&] { return fixture.stay(); })}};
    driven.start();
    fixture.clock.advance(1h);
    CHECK_FALSE(driven.program_exit.has_value());
    Lines order;
    driven.program.on_stopping([&](const std::string& cause) {
        CHECK(fixture.ends.empty());
        order.push_back(cause);
    });
    driven.source.send(SIGTERM);
    fixture.clock.advance(0s);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 0);
    CHECK(driven.program_exit->line == "stopped by SIGTERM");
    CHECK(order == Lines{"stopped by SIGTERM"});
    CHECK(fixture.ends == Lines{"monitor cancelled"});
    CHECK(driven.source.armed.front() == "11s stopped by SIGTERM");
}

TEST_CASE("a service that ignores its cancellation holds the program for ten seconds and no longer",
          "[supervisor]") {
    SupervisorFixture fixture;
    Driven driven{fixture,
                  {supervisor::make_group(
                       "web", {make_child("deaf", [&] { return fixture.ignore_cancellation(24h); })}),
                   make_child("monitor", [&] { return fixture.stay(); })}};
    driven.start();
    driven.source.send(SIGINT);
    const auto begin = fixture.clock.now();
    fixture.clock.advance(10s - 1ns);
    CHECK_FALSE(driven.program_exit.has_value());
    CHECK(fixture.ends == Lines{"monitor cancelled"});
    fixture.clock.advance(1ns);
    REQUIRE(driven.program_exit.has_value());
    CHECK((driven.over_at == begin + 10s));
    CHECK(driven.program_exit->exit_code == 1);
    CHECK(driven.program_exit->abandoned);
    CHECK(driven.program_exit->line == "stopped by SIGINT; abandoned after 10s: web/deaf");
}

TEST_CASE("a service may use the whole drain to end well", "[supervisor]") {
    SupervisorFixture fixture;
    Driven driven{fixture, {make_child("slow", [&] { return fixture.ignore_cancellation(9s); })}};
    driven.start();
    driven.source.send(SIGTERM);
    fixture.clock.advance(9s);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 0);
    CHECK(driven.program_exit->line == "stopped by SIGTERM");
}

TEST_CASE("a fatal end gives the others three seconds and is code 1", "[supervisor]") {
    SupervisorFixture fixture;
    Child heart = make_child("heart", [&] { return fixture.fail_after(5s); });
    heart.kind = supervisor::Kind::kCritical;
    Driven driven{fixture, {supervisor::make_group("inner", {heart}), make_child("deaf", [&] {
                              return fixture.ignore_cancellation(24h);
                          })}};
    driven.start();
    fixture.clock.advance(8s - 1ns);
    CHECK_FALSE(driven.program_exit.has_value());
    fixture.clock.advance(1ns);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 1);
    CHECK(driven.program_exit->line ==
          "ended by inner/heart: failed: broken; abandoned after 3s: deaf");
    CHECK(driven.source.armed.front() == "4s ended by inner/heart: failed: broken");
    CHECK(fixture.fatals == Lines{"inner/heart failed: broken"});
}

TEST_CASE("a fatal end without anyone left ends the program at once", "[supervisor]") {
    SupervisorFixture fixture;
    Child heart = make_child("heart", [&] { return fixture.fail_after(5s); });
    heart.kind = supervisor::Kind::kCritical;
    Driven driven{fixture, {heart, make_child("monitor", [&] { return fixture.stay(); })}};
    driven.start();
    fixture.clock.advance(5s);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 1);
    CHECK(driven.program_exit->line == "ended by heart: failed: broken");
    CHECK_FALSE(driven.program_exit->abandoned);
}

TEST_CASE("a critical service that fails in mid-drain shortens it to three seconds",
          "[supervisor]") {
    SupervisorFixture fixture;
    Child heart = make_child("heart", [&]() -> base::Task<void> {
        co_await fixture.ignore_cancellation(2s);
        throw std::runtime_error{"could not flush"};
    });
    heart.kind = supervisor::Kind::kCritical;
    Driven driven{fixture,
                  {heart, make_child("deaf", [&] { return fixture.ignore_cancellation(24h); })}};
    driven.start();
    driven.source.send(SIGTERM);
    const auto begin = fixture.clock.now();
    fixture.clock.advance(1min);
    REQUIRE(driven.program_exit.has_value());
    CHECK((driven.over_at == begin + 5s));
    CHECK(driven.program_exit->exit_code == 1);
    CHECK(driven.program_exit->line ==
          "stopped by SIGTERM, meanwhile heart ended: failed: could not flush; abandoned after "
          "5s: deaf");
    CHECK(driven.source.armed.size() >= 2);
    CHECK(driven.source.armed[1].starts_with("4s stopped by SIGTERM, meanwhile heart"));
}

TEST_CASE("a second signal ends the program at once", "[supervisor]") {
    SupervisorFixture fixture;
    Driven driven{fixture, {make_child("deaf", [&] { return fixture.ignore_cancellation(24h); })}};
    driven.start();
    driven.source.send(SIGTERM);
    fixture.clock.advance(1s);
    CHECK_FALSE(driven.program_exit.has_value());
    driven.source.send(SIGTERM);
    fixture.clock.advance(0s);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 1);
    CHECK(driven.program_exit->abandoned);
    CHECK(driven.source.armed.back().starts_with("1s stopped by SIGTERM, at once by a second"));
}

TEST_CASE("a signal that came before anything ran starts nothing", "[supervisor]") {
    SupervisorFixture fixture;
    int runs = 0;
    Driven driven{fixture, {make_child("monitor", [&]() -> base::Task<void> {
                      ++runs;
                      return fixture.stay();
                  })}};
    driven.source.send(SIGTERM);
    driven.start();
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 0);
    CHECK(driven.program_exit->line == "stopped by SIGTERM");
    CHECK(runs == 0);
}

TEST_CASE("a signal wins over a fatal end that is noticed in the same turn", "[supervisor]") {
    SupervisorFixture fixture;
    FakeSource* source = nullptr;
    Child heart = make_child("heart", [&]() -> base::Task<void> {
        co_await fixture.stay_for(5s);
        source->send(SIGTERM);
        throw std::runtime_error{"broken"};
    });
    heart.kind = supervisor::Kind::kCritical;
    Driven driven{fixture, {heart}};
    source = &driven.source;
    driven.start();
    fixture.clock.advance(5s);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->line == "stopped by SIGTERM, meanwhile heart ended: failed: broken");
    CHECK(driven.program_exit->exit_code == 1);
}

TEST_CASE("a signal during a wait for a restart ends the program without another start",
          "[supervisor]") {
    SupervisorFixture fixture;
    int runs = 0;
    Child child = make_child("flaky", [&]() -> base::Task<void> {
        ++runs;
        return fixture.fail_after(1s);
    });
    child.policy.after_failure = supervisor::FixedDelay{1h};
    Driven driven{fixture, {child}};
    driven.start();
    fixture.clock.advance(30min);
    driven.source.send(SIGTERM);
    fixture.clock.advance(0s);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 0);
    CHECK(runs == 1);
}

TEST_CASE("a main service that completes stops the program with code 0", "[supervisor]") {
    SupervisorFixture fixture;
    Child view = make_child("view", [&] { return fixture.stay_for(5s); });
    view.kind = supervisor::Kind::kMain;
    Driven driven{fixture, {make_child("monitor", [&] { return fixture.stay(); }), view}};
    driven.start();
    fixture.clock.advance(5s - 1ns);
    CHECK_FALSE(driven.program_exit.has_value());
    fixture.clock.advance(1ns);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 0);
    CHECK(driven.program_exit->line == "stopped: done");
    CHECK(fixture.ends == Lines{"view completed", "monitor cancelled"});
    CHECK(fixture.fatals.empty());
}

TEST_CASE("a main service that fails ends the program with code 1", "[supervisor]") {
    SupervisorFixture fixture;
    Child view = make_child("view", [&] { return fixture.fail_after(5s); });
    view.kind = supervisor::Kind::kMain;
    Driven driven{fixture, {view}};
    driven.start();
    fixture.clock.advance(5s);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 1);
    CHECK(driven.program_exit->line == "ended by view: failed: broken");
}

TEST_CASE("a signal wins over a main service that completes in the same turn", "[supervisor]") {
    SupervisorFixture fixture;
    FakeSource* source = nullptr;
    Child view = make_child("view", [&]() -> base::Task<void> {
        co_await fixture.stay_for(5s);
        source->send(SIGTERM);
    });
    view.kind = supervisor::Kind::kMain;
    Driven driven{fixture, {view}};
    source = &driven.source;
    driven.start();
    fixture.clock.advance(5s);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 0);
    CHECK(driven.program_exit->line == "stopped by SIGTERM");
}

TEST_CASE("the program can wish its own stop", "[supervisor]") {
    SupervisorFixture fixture;
    Driven driven{fixture, {make_child("monitor", [&] { return fixture.stay(); })}};
    driven.start();
    driven.program.stop("30s are over");
    fixture.clock.advance(0s);
    REQUIRE(driven.program_exit.has_value());
    CHECK(driven.program_exit->exit_code == 0);
    CHECK(driven.program_exit->line == "stopped: 30s are over");
}

TEST_CASE("a callback that throws ends the program with the place it was called for",
          "[supervisor]") {
    SupervisorFixture fixture;
    auto environment = fixture.environment();
    environment.on_service_end = [](const supervisor::ServiceEnd&) {
        throw std::runtime_error{"a bug"};
    };
    FakeSource source{fixture};
    supervisor::Program program{"headmon",
                                environment,
                                {make_child("flaky", [&] { return fixture.fail_after(1s); })},
                                source,
                                supervisor::ShutdownLimits{}};
    std::optional<supervisor::ProgramExit> program_exit;
    base::asio::co_spawn(fixture.loop, program.run(),
                         [&](const std::exception_ptr&, const supervisor::ProgramExit& last) {
                             program_exit = last;
                         });
    fixture.clock.advance(1s);
    REQUIRE(program_exit.has_value());
    CHECK(program_exit->exit_code == 1);
    CHECK(program_exit->line == "ended by flaky: failed: its supervision: a bug");
}
