#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// Prints a configuration for HAProxy, its secrets apart. Returns the exit code.
[[nodiscard]] int run_haproxy(const HaproxyArguments& arguments);

}  // namespace cli
