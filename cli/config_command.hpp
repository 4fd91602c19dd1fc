#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon config`. Returns the exit code.
[[nodiscard]] int run_config(const ConfigArguments& arguments);

/// `headmon run --check`: what a start by these settings would say of its config, and nothing
/// else. Returns the exit code.
[[nodiscard]] int check_settings(const config::Settings& settings);

}  // namespace cli
