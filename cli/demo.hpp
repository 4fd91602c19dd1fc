#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon demo`. Returns the exit code.
[[nodiscard]] int run_demo(const DemoArguments& arguments);

}  // namespace cli
