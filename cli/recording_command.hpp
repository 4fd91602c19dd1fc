#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon recording`. Returns the exit code.
[[nodiscard]] int run_recording(const RecordingArguments& arguments);

}  // namespace cli
