#include "cli/simulate.hpp"

#include <algorithm>
#include <stdexcept>

#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/system_clock.hpp"

namespace cli {

base::Result<simulator::Scenario> make_scenario(const SimulateArguments& arguments) {
    constexpr std::size_t kDefaultNodes = 4;
    simulator::Scenario scenario;
    if (arguments.scenario_file.empty()) {
        scenario = simulator::healthy_scenario(arguments.nodes.value_or(kDefaultNodes));
    } else {
        auto loaded = simulator::load_scenario(arguments.scenario_file);
        if (!loaded) {
            return loaded.error();
        }
        scenario = std::move(*loaded);
    }
    if (arguments.nodes && *arguments.nodes < scenario.nodes.size()) {
        scenario.nodes.erase(scenario.nodes.begin() + static_cast<std::ptrdiff_t>(*arguments.nodes),
                             scenario.nodes.end());
    }
    if (arguments.nodes && *arguments.nodes > scenario.nodes.size()) {
        const auto is_taken = [&](const std::string& name) {
            return std::any_of(scenario.nodes.begin(), scenario.nodes.end(),
                               [&](const auto& node) { return node.name == name; });
        };
        // Twice as many: enough even when each name of the first half is taken.
        for (simulator::NodeScript& node :
             simulator::healthy_scenario(2 * *arguments.nodes).nodes) {
            if (scenario.nodes.size() < *arguments.nodes && !is_taken(node.name)) {
                scenario.nodes.push_back(std::move(node));
            }
        }
    }
    if (arguments.slot_duration) {
        return simulator::with_slot_duration(std::move(scenario), *arguments.slot_duration);
    }
    return scenario;
}

std::string describe_nodes(const std::vector<simulator::NodeAddress>& nodes) {
    std::string text;
    std::string command = "headmon watch";
    for (const simulator::NodeAddress& node : nodes) {
        text += node.name + " " + node.url + "\n";
        command += " --beacon-node " + node.name + "=" + node.url;
    }
    return text + "\n" + command + "\n";
}

int run_simulate(const SimulateArguments& arguments) {
    app::EventLoop loop;
    auto scenario = make_scenario(arguments);
    if (!scenario) {
        return app::usage_error(scenario.error().detail);
    }
    base::SystemClock clock{loop.executor()};
    std::optional<simulator::Network> network;
    try {
        network.emplace(loop.executor(), clock, std::move(*scenario));
    } catch (const std::runtime_error& error) {
        return app::usage_error(error.what());
    }
    const std::string text = describe_nodes(network->nodes());
    if (!app::write_text(text)) {
        return app::kExitFatal;
    }
    return app::finish(loop.run(clock, "network", [&] { return network->run(); }));
}

}  // namespace cli
