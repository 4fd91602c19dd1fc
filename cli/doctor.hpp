#pragma once

#include <string>

#include "cli/arguments.hpp"
#include "cli/check.hpp"

namespace cli {

/// `headmon doctor`. Returns the exit code.
[[nodiscard]] int run_doctor(const DoctorArguments& arguments);

}  // namespace cli
