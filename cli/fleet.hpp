#pragma once

#include "cli/arguments.hpp"
#include "fleet/options.hpp"

namespace cli {

/// `headmon fleet`. Returns the exit code.
[[nodiscard]] int run_fleet(const FleetArguments& arguments);

/// `headmon fleet watch`. Returns the exit code.
[[nodiscard]] int run_fleet_watch(const FleetArguments& arguments, const fleet::Options& options);

}  // namespace cli
