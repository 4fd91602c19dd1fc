#pragma once

// The monitor under the program's own policies, on virtual time over fake nodes.
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "app/service_tree.hpp"
#include "supervisor/program.hpp"
#include "tests/monitor/candidates.hpp"
#include "tests/monitor/fake_nodes.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/update_recorder.hpp"
#include "updates/broadcast.hpp"
#include "updates/json.hpp"

namespace tests {

using namespace std::chrono_literals;
using supervisor::OnBudgetExhausted;

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
        listening_ = recorder.listen_to(broadcast);
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
        return recorder.published<Fact>();
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
    tests::UpdateRecorder recorder;
    std::unique_ptr<supervisor::Program> program;
    std::optional<supervisor::ProgramExit> exit;

  private:
    NoSignals signals_{clock};
    std::unique_ptr<updates::Broadcast::Subscription> listening_;
    bool started_ = false;
};

inline std::string head(std::uint64_t slot) {
    const std::string root = "0x" + std::string(56, '0') + std::to_string(10'000'000 + slot);
    return R"({"slot":")" + std::to_string(slot) + R"(","block":")" + root + R"(","state":")" +
           root + R"(","epoch_transition":false,"previous_duty_dependent_root":")" + root +
           R"(","current_duty_dependent_root":")" + root + R"(","execution_optimistic":false})";
}

inline void report_head(Tree& tree, const std::string& name, std::uint64_t slot) {
    if (auto* opening = tree.nodes.find(name)) {
        opening->listener->on_open();
        const std::string json = head(slot);
        opening->event("head", json, tree.clock.instant());
    }
}

/// 100 slots in which heads come, streams end, the list changes, and once nothing can be reached.
inline void live(Tree& tree) {
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
inline std::vector<std::string> healths(const Tree& tree) {
    std::vector<std::string> lines;
    for (const auto& health : tree.published<updates::ServiceHealth>()) {
        CHECK(health.service == "monitor");
        lines.push_back(std::string{to_string(health.state)} + " " + health.detail);
    }
    return lines;
}

/// The updates of all but `service`, as JSON.
inline std::vector<std::string> without(const std::string& service,
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

}  // namespace tests
