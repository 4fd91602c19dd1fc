#include <unistd.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cli/core.hpp"
#include "cli/error_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/loop.hpp"
#include "cli/simulate.hpp"
#include "cli/summary.hpp"
#include "cli/table_view.hpp"

namespace cli {
namespace {

/// How long the demo runs where nobody can end it.
constexpr std::chrono::seconds kWithoutTerminal{60};

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

/// Shows the table, where there is one, until `end`.
base::Task<void> show(Core& core, TableView* table, base::MonoTime end) {
    if (table == nullptr) {
        return core.clock.sleep_until(end);
    }
    return base::run_first(core.clock.sleep_until(end), table->run());
}

supervisor::Child critical(std::string name, std::function<base::Task<void>()> run) {
    supervisor::Child child;
    child.name = name;
    child.kind = supervisor::Kind::kCritical;
    child.factory = [name = std::move(name), run = std::move(run)] {
        return supervisor::make_service(name, run);
    };
    return child;
}

supervisor::ProgramExit run_parts(Core& core, simulator::Network& network, TableView* table,
                                  base::MonoTime end) {
    std::unique_ptr<supervisor::Program> program;
    const auto view = [&]() -> base::Task<void> {
        co_await show(core, table, end);
        program->stop("done");
        co_await core.clock.sleep_until(base::MonoTime::max());
    };
    std::vector<supervisor::Child> others;
    others.push_back(critical("network", [&] { return network.run(); }));
    others.push_back(critical("view", view));
    program = core.make_program(std::move(others), {}, {});
    return core.loop.run(*program);
}

}  // namespace

int run_demo(const DemoArguments& arguments) {
    Loop loop;
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

    Core core{loop, monitor::MonitorOptions{}};
    std::optional<simulator::Network> network;
    try {
        network.emplace(loop.executor(), core.clock, std::move(scenario));
    } catch (const std::runtime_error& error) {
        return usage_error(error.what());
    }
    core.follow(candidates_of(*network));
    Summary summary;
    const auto count = [&](const monitor::Message& message) {
        if (const auto* update = std::get_if<std::shared_ptr<const monitor::Update>>(&message)) {
            summary.apply(**update);
        }
    };
    const auto subscription = core.broadcast.listen(count);
    if (!write_text(head)) {
        return kExitFatal;
    }
    supervisor::ProgramExit verdict;
    {
        std::optional<TableView> table;
        if (is_terminal) {
            table.emplace(core);
        }
        const auto end = deadline(core.clock.now(), duration);
        verdict = run_parts(core, *network, table ? &*table : nullptr, end);
    }
    if (!write_text((is_terminal ? "\n" : "") + join(summary.lines()))) {
        (void)finish_quietly(verdict);
        return kExitFatal;
    }
    return finish(verdict);
}

}  // namespace cli
