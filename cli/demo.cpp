#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/core.hpp"
#include "cli/exit_code.hpp"
#include "cli/loop.hpp"
#include "cli/simulate.hpp"
#include "cli/summary.hpp"
#include "cli/table_view.hpp"

namespace cli {
namespace {

/// How long the demo runs where nobody can end it.
constexpr std::chrono::seconds kWithoutTerminal{60};

void print(const std::string& text) {
    (void)std::fwrite(text.data(), 1, text.size(), stdout);
    (void)std::fflush(stdout);
}

std::string join(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        text += line + "\n";
    }
    return text;
}

std::vector<monitor::Candidate> candidates_of(const simulator::Network& network) {
    std::vector<monitor::Candidate> candidates;
    for (const simulator::NodeAddress& node : network.nodes()) {
        http::Endpoint endpoint{http::Url::parse(node.url).value(), {}, {}};
        candidates.push_back(
            monitor::Candidate{monitor::CandidateId{node.name}, std::move(endpoint)});
    }
    return candidates;
}

std::string title(const simulator::Scenario& scenario,
                  std::optional<std::chrono::milliseconds> duration) {
    std::string text = "Following " + std::to_string(scenario.nodes.size()) +
                       " simulated beacon nodes with faults; a slot is " +
                       std::to_string(scenario.slot_duration.count()) + " ms; ";
    return text + (duration ? "ends after " + std::to_string(duration->count() / 1000) + " s.\n\n"
                            : "Ctrl-C ends it.\n\n");
}

base::Task<void> run_parts(Core& core, simulator::Network& network, TableView* table,
                           base::MonoTime end) {
    if (table == nullptr) {
        return base::run_first(core.service.run(), network.run(), core.clock.sleep_until(end));
    }
    return base::run_first(core.service.run(), network.run(), core.clock.sleep_until(end),
                           table->run());
}

}  // namespace

int run_demo(const DemoArguments& arguments) {
    simulator::Scenario scenario = simulator::demo_scenario();
    if (arguments.slot_duration) {
        scenario = simulator::with_slot_duration(std::move(scenario), *arguments.slot_duration);
    }
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    auto duration = arguments.duration;
    if (!duration && !is_terminal) {
        duration = kWithoutTerminal;
    }
    const std::string head = title(scenario, duration);

    Core core{monitor::MonitorOptions{}};
    simulator::Network network{core.loop.get_executor(), core.clock, std::move(scenario)};
    core.follow(candidates_of(network));
    Summary summary;
    const auto count = [&](const monitor::Message& message) {
        if (const auto* update = std::get_if<std::shared_ptr<const monitor::Update>>(&message)) {
            summary.apply(**update);
        }
    };
    const auto subscription = core.broadcast.listen(count);
    print(head);
    {
        std::optional<TableView> table;
        if (is_terminal) {
            table.emplace(core);
        }
        const auto end = deadline(core.clock.now(), duration);
        (void)run_until_signal(core.loop, run_parts(core, network, table ? &*table : nullptr, end));
    }
    print((is_terminal ? "\n" : "") + join(summary.lines()));
    return kExitOk;
}

}  // namespace cli
