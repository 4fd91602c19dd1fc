#include "cli/demo.hpp"

#include <unistd.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "app/api_output.hpp"
#include "app/core.hpp"
#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "app/output.hpp"
#include "app/update_listener.hpp"
#include "simulator/network.hpp"
#include "simulator/scenario.hpp"
#include "terminal/summary.hpp"
#include "terminal/table_view.hpp"

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
        candidates.push_back(monitor::Candidate{updates::NodeId{node.name}, std::move(endpoint)});
    }
    return candidates;
}

/// `api` is null where there is none.
std::string title(const simulator::Scenario& scenario,
                  std::optional<std::chrono::milliseconds> duration, const app::ApiOutput* api) {
    std::string text = "Following " + std::to_string(scenario.nodes.size()) +
                       " simulated beacon nodes with faults; a slot is " +
                       std::to_string(scenario.slot_duration.count()) + " ms; ";
    text += duration ? "ends after " + std::to_string(duration->count() / 1000) + " s.\n"
                     : "Ctrl-C ends it.\n";
    return text + (api != nullptr ? "Page: " + api->url() + "/\n\n" : "\n");
}

/// Shows the table, where there is one, until `end`.
base::Task<void> show(app::Core& core, terminal::TableView* table, base::MonoTime end) {
    if (table == nullptr) {
        return core.clock.sleep_until(end);
    }
    return base::run_first(core.clock.sleep_until(end), table->run());
}

/// The API over what the demo follows. No list of nodes may be changed, and no history is kept.
std::unique_ptr<app::ApiOutput> open_api(app::Core& core, const config::AddressOrOff& address) {
    if (!address) {
        return nullptr;
    }
    config::ApiOptions options;
    options.address = address;
    return std::make_unique<app::ApiOutput>(core, options);
}

/// `table` and `api` are null where there is none.
supervisor::ProgramExit run_parts(app::Core& core, simulator::Network& network,
                                  terminal::TableView* table, app::ApiOutput* api,
                                  base::MonoTime end) {
    std::vector<supervisor::Child> others;
    others.push_back(supervisor::make_child("network", [&network] { return network.run(); }));
    others.back().kind = supervisor::Kind::kCritical;
    others.push_back(
        supervisor::make_child("view", [&core, table, end] { return show(core, table, end); }));
    others.back().kind = supervisor::Kind::kMain;
    if (api != nullptr) {
        others.push_back(supervisor::make_group(std::string{config::kWeb}, api->servers()));
    }
    const auto program = core.make_program(std::move(others), {});
    if (api != nullptr) {
        api->on_tree(program->tree());
    }
    return core.loop.run(*program);
}

}  // namespace

int run_demo(const DemoArguments& arguments) {
    app::EventLoop loop;
    simulator::Scenario scenario = simulator::demo_scenario();
    if (arguments.slot_duration) {
        scenario = simulator::with_slot_duration(std::move(scenario), *arguments.slot_duration);
    }
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    auto duration = arguments.duration;
    if (!duration && !is_terminal) {
        duration = kWithoutTerminal;
    }
    app::Core core{loop, monitor::MonitorOptions{}};
    std::unique_ptr<app::ApiOutput> api;
    std::optional<simulator::Network> network;
    std::string head;
    try {
        api = open_api(core, arguments.api_address);
        head = title(scenario, duration, api.get());
        network.emplace(loop.executor(), core.clock, std::move(scenario));
    } catch (const std::runtime_error& error) {
        return app::usage_error(error.what());
    }
    core.follow(candidates_of(*network));
    terminal::Summary summary;
    const auto subscription = app::listen_to_updates(
        core.broadcast, [&](const updates::Update& update) { summary.apply(update); });
    if (!app::write_text(head)) {
        return app::kExitFatal;
    }
    supervisor::ProgramExit exit;
    {
        std::optional<terminal::TableView> table;
        if (is_terminal) {
            table.emplace(core.loop.executor(), core.clock, core.broadcast);
        }
        const auto end = app::deadline(core.clock.now(), duration);
        exit = run_parts(core, *network, table ? &*table : nullptr, api.get(), end);
    }
    if (!app::write_text((is_terminal ? "\n" : "") + join(summary.lines()))) {
        (void)app::finish_quietly(exit);
        return app::kExitFatal;
    }
    return app::finish(exit);
}

}  // namespace cli
