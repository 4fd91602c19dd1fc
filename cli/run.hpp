#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon run`: the daemon. Returns the exit code.
[[nodiscard]] int run_daemon(const RunArguments& arguments);

}  // namespace cli
