// An output that nobody needs, written as CONTRIBUTING says, to prove that one fits: all of it is
// in this file, and one line hangs it into the daemon.
#include <array>
#include <csignal>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "app/daemon.hpp"
#include "app/outputs.hpp"
#include "base/notify.hpp"
#include "base/system_clock.hpp"
#include "simulator/network.hpp"
#include "simulator/scenario.hpp"
#include "updates/broadcast.hpp"
#include "updates/kind.hpp"

namespace {

using Counts = std::array<std::size_t, updates::kKindCount>;

/// Counts updates by their kind, and ends the daemon with the third best head.
class KindCounterOutput final : public app::Output {
  public:
    KindCounterOutput(const app::OutputContext& context, Counts& counts)
        : counts_{counts}, done_{context.core.loop.executor()} {
        subscription_ = context.core.broadcast.listen([this](const updates::Message& message) {
            if (const auto* update =
                    std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
                ++count_of(updates::kind_of((*update)->fact));
                if (count_of(updates::Kind::kBestHead) == 3) {
                    done_.notify();
                }
            }
        });
    }

    [[nodiscard]] std::vector<supervisor::Child> services() override {
        std::vector<supervisor::Child> children;
        children.push_back(supervisor::make_child("kind_counter", [this] { return done_.wait(); }));
        children.back().kind = supervisor::Kind::kMain;
        return children;
    }

  private:
    std::size_t& count_of(updates::Kind kind) { return counts_.at(static_cast<std::size_t>(kind)); }

    Counts& counts_;
    base::Notify done_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

/// The simulated nodes, which run as long as the daemon: nothing of an output but its services.
class SimulatedNodes final : public app::Output {
  public:
    explicit SimulatedNodes(simulator::Network& network) : network_{network} {}

    [[nodiscard]] std::vector<supervisor::Child> services() override {
        std::vector<supervisor::Child> children;
        children.push_back(supervisor::make_child("nodes", [this] { return network_.run(); }));
        return children;
    }

  private:
    simulator::Network& network_;
};

/// The config of a daemon that follows these nodes, says little and serves nothing.
config::Config config_of(const simulator::Network& network) {
    config::Config config;
    config.log.level = logging::LogLevel::kError;
    config.metrics.address.reset();
    config.api.address.reset();
    for (const simulator::NodeAddress& node : network.nodes()) {
        http::Endpoint endpoint{http::Url::parse(node.url).value(), {}, {}};
        config.candidates.push_back(
            monitor::Candidate{updates::NodeId{node.name}, std::move(endpoint), {}});
    }
    return config;
}

}  // namespace

TEST_CASE("an output in a file of its own fits into the daemon with one line", "[cli]") {
    app::EventLoop loop;
    base::SystemClock clock{loop.executor()};
    auto scenario = simulator::with_slot_duration(simulator::healthy_scenario(2),
                                                  std::chrono::milliseconds{200});
    simulator::Network network{loop.executor(), clock, std::move(scenario)};
    Counts counts{};
    {
        const auto make = [&](const app::OutputContext& context) {
            auto outputs = app::make_outputs(context);
            outputs.push_back(std::make_unique<SimulatedNodes>(network));
            outputs.push_back(std::make_unique<KindCounterOutput>(context, counts));
            return outputs;
        };
        app::Daemon daemon{loop, {}, config_of(network), std::nullopt, make};
        CHECK(daemon.run() == 0);
    }
    // It is armed to end a process that hangs behind the daemon's end; this one has other tests.
    (void)std::signal(SIGALRM, SIG_IGN);
    const auto count_of = [&](updates::Kind kind) {
        return counts.at(static_cast<std::size_t>(kind));
    };
    CHECK(count_of(updates::Kind::kRunStarted) == 1);
    CHECK(count_of(updates::Kind::kRunEnded) == 1);
    CHECK(count_of(updates::Kind::kStreamOpened) >= 1);
    CHECK(count_of(updates::Kind::kBestHead) >= 3);
    CHECK(count_of(updates::Kind::kServiceEnded) >= 1);
}
