#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon record`. Returns the exit code.
[[nodiscard]] int run_record(const RecordArguments& arguments);

}  // namespace cli
