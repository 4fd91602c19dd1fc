#pragma once

#include <string>

#include "cli/arguments.hpp"
#include "cli/check.hpp"

namespace cli {

/// The look at one node in sentences, each problem with what to do. Fit for a terminal.
[[nodiscard]] std::string doctor_text(const Checked& checked);

/// `headmon doctor`. Returns the exit code.
[[nodiscard]] int run_doctor(const DoctorArguments& arguments);

}  // namespace cli
