#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon report`. Returns the exit code.
[[nodiscard]] int run_report(const ReportArguments& arguments);

}  // namespace cli
