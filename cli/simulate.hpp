#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/arguments.hpp"
#include "simulator/network.hpp"
#include "simulator/scenario.hpp"

namespace cli {

/// The scenario that the arguments ask for. Fails with kBadValue.
[[nodiscard]] base::Result<simulator::Scenario> make_scenario(const SimulateArguments& arguments);

/// What `simulate` prints: a line `NAME URL` for each node and a command that follows them all.
[[nodiscard]] std::string describe_nodes(const std::vector<simulator::NodeAddress>& nodes);

/// `headmon simulate`. Returns the exit code.
[[nodiscard]] int run_simulate(const SimulateArguments& arguments);

}  // namespace cli
