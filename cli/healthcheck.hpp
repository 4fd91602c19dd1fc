#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon healthcheck`. Returns the exit code.
[[nodiscard]] int run_healthcheck(const HealthcheckArguments& arguments);

}  // namespace cli
