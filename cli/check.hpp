#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon check`. Returns the exit code.
[[nodiscard]] int run_check(const CheckArguments& arguments);

}  // namespace cli
