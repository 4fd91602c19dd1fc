#include "supervisor/program.hpp"

#include <csignal>
#include <deque>

#include <catch2/catch.hpp>

#include "tests/supervisor/bench.hpp"

using namespace std::chrono_literals;
using supervisor::Child;
using tests::Bench;
using tests::leaf;
using Lines = std::vector<std::string>;

namespace {

class FakeSource final : public supervisor::StopSource {
  public:
    explicit FakeSource(Bench& bench) : notify_{bench.loop.get_executor()} {}

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
    Bench& bench;
    FakeSource source;
    supervisor::Program program;
    std::optional<supervisor::Verdict> verdict;
    base::MonoTime over_at;

    Driven(Bench& its_bench, std::vector<Child> children)
        : bench{its_bench},
          source{bench},
          program{"headmon", bench.environment(), std::move(children), source,
                  supervisor::ShutdownLimits{}} {}

    void start() {
        base::asio::co_spawn(
            bench.loop, program.run(),
            [this](const std::exception_ptr& error, const supervisor::Verdict& its_verdict) {
                CHECK(error == nullptr);
                verdict = its_verdict;
                over_at = bench.clock.now();
            });
        bench.clock.advance(0s);
    }
};

}  // namespace

TEST_CASE("a signal ends all services and the program with code 0", "[supervisor]") {
    Bench bench;
    Driven driven{bench, {leaf("monitor", [&] { return bench.stay(); })}};
    driven.start();
    bench.clock.advance(1h);
    CHECK_FALSE(driven.verdict.has_value());
    Lines order;
    driven.program.on_stopping([&](const std::string& cause) {
        CHECK(bench.notices.empty());
        order.push_back(cause);
    });
    driven.source.send(SIGTERM);
    bench.clock.advance(0s);
    REQUIRE(driven.verdict.has_value());
    CHECK(driven.verdict->exit_code == 0);
    CHECK(driven.verdict->line == "stopped by SIGTERM");
    CHECK(order == Lines{"stopped by SIGTERM"});
    CHECK(bench.notices == Lines{"monitor cancelled"});
    CHECK(driven.source.armed.front() == "11s stopped by SIGTERM");
}

TEST_CASE("a service that ignores its cancellation holds the program for ten seconds and no longer",
          "[supervisor]") {
    Bench bench;
    Driven driven{bench,
                  {supervisor::make_group(
                       "web", {leaf("deaf", [&] { return bench.ignore_cancellation(24h); })}),
                   leaf("monitor", [&] { return bench.stay(); })}};
    driven.start();
    driven.source.send(SIGINT);
    const auto begin = bench.clock.now();
    bench.clock.advance(10s - 1ns);
    CHECK_FALSE(driven.verdict.has_value());
    CHECK(bench.notices == Lines{"monitor cancelled"});
    bench.clock.advance(1ns);
    REQUIRE(driven.verdict.has_value());
    CHECK((driven.over_at == begin + 10s));
    CHECK(driven.verdict->exit_code == 1);
    CHECK(driven.verdict->left_behind);
    CHECK(driven.verdict->line == "stopped by SIGINT; left behind after 10s: web/deaf");
}

TEST_CASE("a service may use the whole drain to end well", "[supervisor]") {
    Bench bench;
    Driven driven{bench, {leaf("slow", [&] { return bench.ignore_cancellation(9s); })}};
    driven.start();
    driven.source.send(SIGTERM);
    bench.clock.advance(9s);
    REQUIRE(driven.verdict.has_value());
    CHECK(driven.verdict->exit_code == 0);
    CHECK(driven.verdict->line == "stopped by SIGTERM");
}

TEST_CASE("a fatal end gives the others three seconds and is code 1", "[supervisor]") {
    Bench bench;
    Child heart = leaf("heart", [&] { return bench.fail_after(5s); });
    heart.kind = supervisor::Kind::kCritical;
    Driven driven{bench, {supervisor::make_group("inner", {heart}), leaf("deaf", [&] {
                              return bench.ignore_cancellation(24h);
                          })}};
    driven.start();
    bench.clock.advance(8s - 1ns);
    CHECK_FALSE(driven.verdict.has_value());
    bench.clock.advance(1ns);
    REQUIRE(driven.verdict.has_value());
    CHECK(driven.verdict->exit_code == 1);
    CHECK(driven.verdict->line ==
          "ended by inner/heart: failed: broken; left behind after 3s: deaf");
    CHECK(driven.source.armed.front() == "4s ended by inner/heart: failed: broken");
    CHECK(bench.fatals == Lines{"inner/heart failed: broken"});
}

TEST_CASE("a fatal end without anyone left ends the program at once", "[supervisor]") {
    Bench bench;
    Child heart = leaf("heart", [&] { return bench.fail_after(5s); });
    heart.kind = supervisor::Kind::kCritical;
    Driven driven{bench, {heart, leaf("monitor", [&] { return bench.stay(); })}};
    driven.start();
    bench.clock.advance(5s);
    REQUIRE(driven.verdict.has_value());
    CHECK(driven.verdict->exit_code == 1);
    CHECK(driven.verdict->line == "ended by heart: failed: broken");
    CHECK_FALSE(driven.verdict->left_behind);
}

TEST_CASE("a critical service that fails in mid-drain shortens it to three seconds",
          "[supervisor]") {
    Bench bench;
    Child heart = leaf("heart", [&]() -> base::Task<void> {
        co_await bench.ignore_cancellation(2s);
        throw std::runtime_error{"could not flush"};
    });
    heart.kind = supervisor::Kind::kCritical;
    Driven driven{bench, {heart, leaf("deaf", [&] { return bench.ignore_cancellation(24h); })}};
    driven.start();
    driven.source.send(SIGTERM);
    const auto begin = bench.clock.now();
    bench.clock.advance(1min);
    REQUIRE(driven.verdict.has_value());
    CHECK((driven.over_at == begin + 5s));
    CHECK(driven.verdict->exit_code == 1);
    CHECK(driven.verdict->line ==
          "stopped by SIGTERM, meanwhile heart ended: failed: could not flush; left behind after "
          "5s: deaf");
    CHECK(driven.source.armed.size() >= 2);
    CHECK(driven.source.armed[1].starts_with("4s stopped by SIGTERM, meanwhile heart"));
}

TEST_CASE("a second signal ends the program at once", "[supervisor]") {
    Bench bench;
    Driven driven{bench, {leaf("deaf", [&] { return bench.ignore_cancellation(24h); })}};
    driven.start();
    driven.source.send(SIGTERM);
    bench.clock.advance(1s);
    CHECK_FALSE(driven.verdict.has_value());
    driven.source.send(SIGTERM);
    bench.clock.advance(0s);
    REQUIRE(driven.verdict.has_value());
    CHECK(driven.verdict->exit_code == 1);
    CHECK(driven.verdict->left_behind);
    CHECK(driven.source.armed.back().starts_with("1s stopped by SIGTERM, at once by a second"));
}

TEST_CASE("a signal that came before anything ran starts nothing", "[supervisor]") {
    Bench bench;
    int runs = 0;
    Driven driven{bench, {leaf("monitor", [&]() -> base::Task<void> {
                      ++runs;
                      return bench.stay();
                  })}};
    driven.source.send(SIGTERM);
    driven.start();
    REQUIRE(driven.verdict.has_value());
    CHECK(driven.verdict->exit_code == 0);
    CHECK(driven.verdict->line == "stopped by SIGTERM");
    CHECK(runs == 0);
}

TEST_CASE("a signal wins over a fatal end that is noticed in the same turn", "[supervisor]") {
    Bench bench;
    FakeSource* source = nullptr;
    Child heart = leaf("heart", [&]() -> base::Task<void> {
        co_await bench.stay_for(5s);
        source->send(SIGTERM);
        throw std::runtime_error{"broken"};
    });
    heart.kind = supervisor::Kind::kCritical;
    Driven driven{bench, {heart}};
    source = &driven.source;
    driven.start();
    bench.clock.advance(5s);
    REQUIRE(driven.verdict.has_value());
    CHECK(driven.verdict->line == "stopped by SIGTERM, meanwhile heart ended: failed: broken");
    CHECK(driven.verdict->exit_code == 1);
}

TEST_CASE("a signal during a wait for a restart ends the program without another start",
          "[supervisor]") {
    Bench bench;
    int runs = 0;
    Child child = leaf("flaky", [&]() -> base::Task<void> {
        ++runs;
        return bench.fail_after(1s);
    });
    child.policy.after_failure = supervisor::FixedDelay{1h};
    Driven driven{bench, {child}};
    driven.start();
    bench.clock.advance(30min);
    driven.source.send(SIGTERM);
    bench.clock.advance(0s);
    REQUIRE(driven.verdict.has_value());
    CHECK(driven.verdict->exit_code == 0);
    CHECK(runs == 1);
}

TEST_CASE("the program can wish its own stop", "[supervisor]") {
    Bench bench;
    Driven driven{bench, {leaf("monitor", [&] { return bench.stay(); })}};
    driven.start();
    driven.program.stop("30s are over");
    bench.clock.advance(0s);
    REQUIRE(driven.verdict.has_value());
    CHECK(driven.verdict->exit_code == 0);
    CHECK(driven.verdict->line == "stopped: 30s are over");
}

TEST_CASE("a callback that throws ends the program with the place it was called for",
          "[supervisor]") {
    Bench bench;
    auto environment = bench.environment();
    environment.on_notice = [](const supervisor::Notice&) { throw std::runtime_error{"a bug"}; };
    FakeSource source{bench};
    supervisor::Program program{"headmon",
                                environment,
                                {leaf("flaky", [&] { return bench.fail_after(1s); })},
                                source,
                                supervisor::ShutdownLimits{}};
    std::optional<supervisor::Verdict> verdict;
    base::asio::co_spawn(bench.loop, program.run(),
                         [&](const std::exception_ptr&, const supervisor::Verdict& its_verdict) {
                             verdict = its_verdict;
                         });
    bench.clock.advance(1s);
    REQUIRE(verdict.has_value());
    CHECK(verdict->exit_code == 1);
    CHECK(verdict->line == "ended by flaky: failed: its supervision: a bug");
}
