#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon doctor`. Returns the exit code.
[[nodiscard]] int run_doctor(const DoctorArguments& arguments);

}  // namespace cli
