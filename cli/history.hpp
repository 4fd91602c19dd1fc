#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon history`. Returns the exit code.
[[nodiscard]] int run_history(const HistoryArguments& arguments);

}  // namespace cli
