// The monitor under the program's own policies, on virtual time over fake nodes.
#include "app/service_tree.hpp"

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "supervisor/program.hpp"
#include "tests/monitor/candidates.hpp"
#include "tests/monitor/fake_nodes.hpp"
#include "tests/support/manual_clock.hpp"
#include "updates/broadcast.hpp"
#include "updates/json.hpp"

using namespace std::chrono_literals;
using supervisor::OnBudgetExhausted;

namespace {

/// Signals that never come.
class NoSignals final : public supervisor::StopSource {
  public:
    explicit NoSignals(base::Clock& clock) : clock_{clock} {}
    std::optional<int> take() override { return std::nullopt; }
    base::Task<void> wait() override { co_await clock_.sleep_until(base::MonoTime::max()); }
    void arm(base::Duration /*left*/, std::string_view /*cause*/) override {}

  private:
    base::Clock& clock_;
};

/// Shows another clock's time, and may lose its timers.
class LossyClock final : public base::Clock {
  public:
    explicit LossyClock(base::Clock& clock) : clock_{clock} {}
    [[nodiscard]] base::MonoTime now() const override { return clock_.now(); }
    [[nodiscard]] base::WallTime wall_now() const override { return clock_.wall_now(); }
    [[nodiscard]] base::Task<void> sleep_until(base::MonoTime deadline) override {
        return clock_.sleep_until(loses_timers ? base::MonoTime::max() : deadline);
    }
    bool loses_timers = false;

  private:
    base::Clock& clock_;
};

/// A program as `headmon run` makes it: the monitor, with `others` beside it.
class Tree {
  public:
    explicit Tree(const config::Supervision& supervision = {},
                  std::vector<supervisor::Child> others = {}) {
        REQUIRE(candidates.replace({tests::candidate("alpha"), tests::candidate("beta")}).value());
        listening_ = broadcast.listen([this](const updates::Message& message) {
            if (const auto* update =
                    std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
                updates.push_back(**update);
            }
        });
        std::vector<supervisor::Child> children;
        children.push_back(app::monitor_child(context, runs));
        std::move(others.begin(), others.end(), std::back_inserter(children));
        app::configure(children, supervision);
        supervisor::Environment environment;
        environment.executor = loop.get_executor();
        environment.clock = &clock;
        app::publish_services(environment, broadcast);
        program = std::make_unique<supervisor::Program>("headmon", std::move(environment),
                                                        std::move(children), signals_,
                                                        supervisor::ShutdownLimits{});
    }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;
    ~Tree() {
        if (!exit && started_) {
            program->stop("test over");
            clock.advance(0s);
        }
    }

    void start() {
        started_ = true;
        boost::asio::co_spawn(loop, program->run(),
                              [this](const std::exception_ptr&, supervisor::ProgramExit ended) {
                                  exit = std::move(ended);
                              });
        clock.advance(0s);
    }
    /// Lets every attempt fail for `slots`.
    void all_fail(int slots) {
        nodes.end_all();
        for (int i = 0; i < slots; ++i) {
            clock.advance(12s);
            nodes.end_all();
        }
        clock.advance(0s);
    }
    template <class Fact>
    [[nodiscard]] std::vector<Fact> published() const {
        std::vector<Fact> facts;
        for (const auto& update : updates) {
            if (const auto* fact = std::get_if<Fact>(&update.fact)) {
                facts.push_back(*fact);
            }
        }
        return facts;
    }

    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    LossyClock monitor_clock{clock};
    tests::FakeNodes nodes{clock};
    monitor::CandidateList candidates{loop.get_executor()};
    updates::Broadcast broadcast{loop.get_executor()};
    monitor::MonitorContext context{loop.get_executor(), monitor_clock, nodes,
                                    candidates,          broadcast,     {}};
    monitor::RunState runs{context.options, monitor_clock.instant()};
    std::vector<updates::Update> updates;
    std::unique_ptr<supervisor::Program> program;
    std::optional<supervisor::ProgramExit> exit;

  private:
    NoSignals signals_{clock};
    std::unique_ptr<updates::Broadcast::Subscription> listening_;
    bool started_ = false;
};

std::string head(std::uint64_t slot) {
    const std::string root = "0x" + std::string(56, '0') + std::to_string(10'000'000 + slot);
    return R"({"slot":")" + std::to_string(slot) + R"(","block":")" + root + R"(","state":")" +
           root + R"(","epoch_transition":false,"previous_duty_dependent_root":")" + root +
           R"(","current_duty_dependent_root":")" + root + R"(","execution_optimistic":false})";
}

void report_head(Tree& tree, const std::string& name, std::uint64_t slot) {
    if (auto* opening = tree.nodes.find(name)) {
        opening->listener->on_open();
        const std::string json = head(slot);
        opening->event("head", json, tree.clock.instant());
    }
}

/// 100 slots in which heads come, streams end, the list changes, and once nothing can be reached.
void live(Tree& tree) {
    for (std::uint64_t slot = 1; slot <= 100; ++slot) {
        report_head(tree, "alpha", slot);
        tree.clock.advance(50ms);
        report_head(tree, "beta", slot);
        if (slot % 7 == 0 && tree.nodes.find("beta") != nullptr) {
            tree.nodes.end("beta");
        }
        if (slot % 20 == 0) {
            (void)tree.candidates.replace({tests::candidate("alpha"), tests::candidate("beta"),
                                           tests::candidate("n" + std::to_string(slot))});
        }
        if (slot == 50) {
            tree.all_fail(7);
        }
        tree.clock.advance(12s - 50ms);
    }
}

/// The changes of the monitor's health, each as `STATE DETAIL`.
std::vector<std::string> healths(const Tree& tree) {
    std::vector<std::string> lines;
    for (const auto& health : tree.published<updates::ServiceHealth>()) {
        CHECK(health.service == "monitor");
        lines.push_back(std::string{to_string(health.state)} + " " + health.detail);
    }
    return lines;
}

/// The updates of all but `service`, as JSON.
std::vector<std::string> without(const std::string& service,
                                 const std::vector<updates::Update>& updates) {
    std::vector<std::string> lines;
    for (const updates::Update& update : updates) {
        const auto* ended = std::get_if<updates::ServiceEnded>(&update.fact);
        if (ended == nullptr || ended->service != service) {
            lines.push_back(updates::to_json(update));
        }
    }
    return lines;
}

}  // namespace

TEST_CASE("a monitor that gives up is told behind its run and is back at the next tick", "[cli]") {
    Tree tree;
    tree.start();
    tree.all_fail(5);
    REQUIRE(tree.updates.size() >= 2);
    CHECK(std::holds_alternative<updates::RunEnded>(tree.updates.end()[-2].fact));
    const updates::ServiceEnded expected{"monitor",
                                         updates::ServiceEndReason::kFailed,
                                         "gave up: no stream opened in 5 retry cycles in a row",
                                         12s,
                                         false,
                                         1};
    CHECK((tree.updates.back().fact == updates::Fact{expected}));
    tree.clock.advance(12s - 1ms);
    CHECK(tree.published<updates::RunStarted>().size() == 1);
    tree.clock.advance(1ms);
    CHECK(tree.published<updates::RunStarted>().size() == 2);
}

TEST_CASE("a change of the list restarts the monitor after 100 ms and counts as no failure",
          "[cli]") {
    Tree tree{{{"monitor", {0, {}, {}, {}}}}};
    tree.start();
    for (int i = 0; i < 20; ++i) {
        REQUIRE(
            tree.candidates.replace({tests::candidate(i % 2 == 0 ? "gamma" : "alpha")}).value());
        tree.clock.advance(99ms);
        CHECK(tree.nodes.live() == 0);
        tree.clock.advance(1ms);
        CHECK(tree.nodes.live() == 1);
    }
    const auto ends = tree.published<updates::ServiceEnded>();
    REQUIRE(ends.size() == 20);
    const updates::ServiceEnded expected{
        "monitor", updates::ServiceEndReason::kCompleted, "", 100ms, false, 0};
    CHECK((ends.back() == expected));
    CHECK_FALSE(tree.exit.has_value());
}

TEST_CASE("a new list ends the wait after a failed run, not within 100 ms", "[cli]") {
    Tree tree;
    tree.start();
    tree.all_fail(5);
    tree.clock.advance(10ms);
    REQUIRE(tree.candidates.replace({tests::candidate("gamma")}).value());
    tree.clock.advance(89ms);
    CHECK(tree.nodes.live() == 0);
    tree.clock.advance(1ms);
    CHECK(tree.nodes.live() == 1);
}

TEST_CASE("the monitor is restarted for ever unless the config gives it a budget", "[cli]") {
    SECTION("for ever") {
        Tree tree;
        tree.start();
        tree.all_fail(600);
        CHECK(tree.published<updates::ServiceEnded>().size() == 100);
        CHECK_FALSE(tree.exit.has_value());
    }
    SECTION("a spent budget ends the program with its name and reason") {
        Tree tree{{{"monitor", {2, 3600s, {}, {}}}}};
        tree.start();
        tree.all_fail(18);
        REQUIRE(tree.exit.has_value());
        CHECK(tree.exit->exit_code == 1);
        CHECK(tree.exit->line ==
              "ended by monitor: failed: gave up: no stream opened in 5 retry cycles in a row "
              "(budget spent)");
        const auto last = tree.published<updates::ServiceEnded>().back();
        CHECK(last.fatal);
        CHECK_FALSE(last.restart_after.has_value());
    }
    SECTION("or leaves it stopped") {
        Tree tree{{{"monitor", {2, 3600s, {}, OnBudgetExhausted::kStop}}}};
        tree.start();
        tree.all_fail(60);
        CHECK_FALSE(tree.exit.has_value());
        CHECK(tree.published<updates::ServiceEnded>().size() == 3);
        CHECK(tree.nodes.live() == 0);
    }
    SECTION("a good run fills it again") {
        // A run that gives up takes six slots.
        Tree tree{{{"monitor", {2, 3600s, 60s, {}}}}};
        tree.start();
        tree.all_fail(60);
        CHECK_FALSE(tree.exit.has_value());
    }
}

TEST_CASE("restarts are told in their place under load, and no subscriber is cut off", "[cli]") {
    Tree tree;
    // Slower than the updates come, yet it loses nothing.
    const auto queue = tree.broadcast.subscribe(100'000);
    std::vector<std::string> read;
    auto reading = [&]() -> base::Task<void> {
        while (const auto message = co_await queue->next()) {
            if (const auto* update =
                    std::get_if<std::shared_ptr<const updates::Update>>(&*message)) {
                read.push_back(updates::to_json(**update));
            }
            co_await tree.clock.sleep_until(tree.clock.now() + 1ms);
        }
    };
    boost::asio::co_spawn(tree.loop, reading(), [](const std::exception_ptr&) {});
    tree.start();
    live(tree);
    // Time to read what the last tick told.
    tree.clock.advance(1s);
    CHECK(tree.published<updates::ServiceEnded>().size() >= 6);
    // Each run is closed by its end, and that by the end of its service: nothing in between.
    bool is_on = false;
    bool is_reported = true;
    for (const updates::Update& update : tree.updates) {
        if (std::holds_alternative<updates::RunStarted>(update.fact)) {
            REQUIRE(is_reported);
            REQUIRE_FALSE(is_on);
            is_on = true;
            is_reported = false;
        } else if (std::holds_alternative<updates::RunEnded>(update.fact)) {
            REQUIRE(is_on);
            is_on = false;
        } else if (std::holds_alternative<updates::ServiceEnded>(update.fact)) {
            REQUIRE_FALSE(is_on);
            REQUIRE_FALSE(is_reported);
            is_reported = true;
        } else {
            REQUIRE(is_on);
        }
    }
    CHECK((read == without("", tree.updates)));
    CHECK(queue->dropped() == 0);
    // Lets the reader end while its queue is there.
    tree.broadcast.close();
    tree.clock.advance(1s);
}

TEST_CASE("a service that crashes disturbs no other", "[cli]") {
    std::vector<updates::Update> undisturbed;
    {
        Tree tree;
        tree.start();
        live(tree);
        undisturbed = tree.updates;
    }
    Tree* whole = nullptr;
    int crashes = 0;
    const auto crash_after_updates = [&]() -> base::Task<void> {
        const auto queue = whole->broadcast.subscribe(10);
        for (int i = 0; i < 30; ++i) {
            (void)co_await queue->next();
        }
        ++crashes;
        throw std::runtime_error{"thirty are enough"};
    };
    std::vector<supervisor::Child> others;
    others.push_back(supervisor::make_child("reader", crash_after_updates));
    Tree tree{{}, std::move(others)};
    whole = &tree;
    tree.start();
    live(tree);
    CHECK(crashes >= 10);
    CHECK((without("reader", tree.updates) == without("reader", undisturbed)));
}

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
