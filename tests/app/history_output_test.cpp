// The daemon with a history, over simulated nodes and a real file.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "app/daemon.hpp"
#include "app/outputs.hpp"
#include "base/notify.hpp"
#include "base/system_clock.hpp"
#include "history/file.hpp"
#include "simulator/network.hpp"
#include "simulator/scenario.hpp"
#include "updates/broadcast.hpp"

namespace history_output_test {

using namespace std::chrono_literals;

/// The simulated nodes, and an end when `is_end` says so of an update.
class NodesAndEnd final : public app::Output {
  public:
    using IsEnd = std::function<bool(const updates::Update&)>;

    NodesAndEnd(const app::OutputContext& context, simulator::Network& network, IsEnd is_end)
        : network_{network}, done_{context.core.loop.executor()}, is_end_{std::move(is_end)} {
        subscription_ = context.core.broadcast.listen([this](const updates::Message& message) {
            const auto* update = std::get_if<std::shared_ptr<const updates::Update>>(&message);
            if (update != nullptr && is_end_(**update)) {
                done_.notify();
            }
        });
    }
    [[nodiscard]] std::vector<supervisor::Child> services() override {
        std::vector<supervisor::Child> children;
        children.push_back(supervisor::make_child("nodes", [this] { return network_.run(); }));
        children.push_back(supervisor::make_child("end", [this] { return done_.wait(); }));
        children.back().kind = supervisor::Kind::kMain;
        return children;
    }

  private:
    simulator::Network& network_;
    base::Notify done_;
    IsEnd is_end_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

/// Runs a daemon with this history until `is_end` says so. Returns its exit code.
int run_daemon(const std::string& path, NodesAndEnd::IsEnd is_end) {
    app::EventLoop loop;
    base::SystemClock clock{loop.executor()};
    auto scenario = simulator::with_slot_duration(simulator::healthy_scenario(2), 500ms);
    simulator::Network network{loop.executor(), clock, std::move(scenario)};
    config::Config config;
    config.log.level = logging::LogLevel::kError;
    config.metrics.address.reset();
    config.api.address.reset();
    config.history.path = path;
    for (const simulator::NodeAddress& node : network.nodes()) {
        http::Endpoint endpoint{http::Url::parse(node.url).value(), {}, {}};
        config.candidates.push_back(
            monitor::Candidate{updates::NodeId{node.name}, std::move(endpoint), {}});
    }
    const auto make = [&](const app::OutputContext& context) {
        auto outputs = app::make_outputs(context);
        outputs.push_back(std::make_unique<NodesAndEnd>(context, network, std::move(is_end)));
        return outputs;
    };
    int exit_code = 0;
    {
        app::Daemon daemon{loop, {}, std::move(config), std::nullopt, make};
        exit_code = daemon.run();
    }
    // It is armed to end a process that hangs behind the daemon's end; this one has other tests.
    (void)std::signal(SIGALRM, SIG_IGN);
    return exit_code;
}

class HistoryFolder {
  public:
    HistoryFolder() {
        std::string name = std::filesystem::temp_directory_path() / "headmon-app-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    HistoryFolder(const HistoryFolder&) = delete;
    HistoryFolder& operator=(const HistoryFolder&) = delete;
    ~HistoryFolder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

std::string exported(const std::string& path, std::string_view name) {
    std::string text;
    const auto result =
        history::export_file(path, name, std::nullopt, std::nullopt, history::ExportFormat::kCsv,
                             [&](std::string_view piece) {
                                 text += piece;
                                 return true;
                             });
    REQUIRE(result.has_value());
    return text;
}

NodesAndEnd::IsEnd after_verdicts(int count) {
    return [count, seen = 0](const updates::Update& update) mutable {
        seen += std::holds_alternative<updates::SlotVerdict>(update.fact) ? 1 : 0;
        return seen >= count;
    };
}

}  // namespace history_output_test

using namespace history_output_test;

TEST_CASE("a daemon keeps what it has seen to its last moment, and marks what it has not",
          "[app]") {
    const HistoryFolder folder;
    const std::string path = folder.file("history.db");
    std::vector<updates::SlotTimeSource> sources;
    const auto with_sources = [&](const updates::Update& update) {
        if (const auto* slot_time = std::get_if<updates::SlotTime>(&update.fact)) {
            sources.push_back(slot_time->source);
        }
        return false;
    };
    const auto run_once = [&] {
        return run_daemon(path, [&, is_end = after_verdicts(5)](const updates::Update& update) {
            return with_sources(update) || is_end(update);
        });
    };
    CHECK(run_once() == 0);
    CHECK((sources == std::vector{updates::SlotTimeSource::kNode}));
    sources.clear();
    CHECK(run_once() == 0);
    // What the first start has learned is there before any node has answered.
    REQUIRE_FALSE(sources.empty());
    CHECK((sources.front() == updates::SlotTimeSource::kHistory));
    history::WindowChoice choice;
    choice.now = std::chrono::system_clock::now();
    const auto summary = history::summarize_file(path, choice);
    REQUIRE(summary.has_value());
    REQUIRE(summary->nodes.size() == 2);
    for (const history::NodeSummary& node : summary->nodes) {
        INFO(node.name);
        CHECK(node.heads >= 2);
        CHECK(node.delay.p50.has_value());
        CHECK((node.open > 500ms));
    }
    const history::SlotCounts& slots = summary->slots;
    CHECK(slots.on_time + slots.late + slots.missed + slots.optimistic + slots.unknown >= 10);
    const std::string gaps = exported(path, "gaps");
    CHECK_THAT(gaps, Catch::Contains("\"stopped\""));
    CHECK_THAT(gaps, !Catch::Contains("\"killed\""));
    // The streams that the stop has closed are written too.
    const std::string streams = exported(path, "streams");
    CHECK_THAT(streams, Catch::Contains("\"cancelled\""));
    CHECK_THAT(streams, !Catch::Contains("\"not_watched\""));
}

TEST_CASE("a daemon whose history cannot be written goes on, and writes it once it can be",
          "[app]") {
    const HistoryFolder folder;
    const std::string path = folder.file("later/history.db");
    std::string detail;
    int best_heads = 0;
    int written_after = 0;
    const auto is_end = [&](const updates::Update& update) {
        if (const auto* ended = std::get_if<updates::ServiceEnded>(&update.fact);
            ended != nullptr && ended->service == "history_writer" && ended->restart_after) {
            CHECK(ended->reason == updates::ServiceEndReason::kFailed);
            CHECK_FALSE(ended->fatal);
            detail = ended->detail;
            std::filesystem::create_directory(folder.file("later"));
        }
        best_heads += std::holds_alternative<updates::BestHead>(update.fact) ? 1 : 0;
        if (std::filesystem::exists(path)) {
            written_after += std::holds_alternative<updates::SlotVerdict>(update.fact) ? 1 : 0;
        }
        return written_after >= 3;
    };
    CHECK(run_daemon(path, is_end) == 0);
    CHECK_THAT(detail, Catch::StartsWith("cannot_open: ") &&
                           Catch::Contains("give a path whose directory is there"));
    CHECK(best_heads >= 3);
    // What came before there was a file waited for it.
    CHECK_THAT(exported(path, "gaps"), !Catch::Contains("\"lagged\""));
    CHECK_THAT(exported(path, "streams"), Catch::Contains("\"cancelled\""));
}
