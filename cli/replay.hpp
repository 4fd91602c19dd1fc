#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon replay`. Returns the exit code.
[[nodiscard]] int run_replay(const ReplayArguments& arguments);

/// `headmon replay --with-config` and `--against`: which facts are other ones. Returns the exit
/// code; throws RecordingError.
[[nodiscard]] int run_replay_compare(const ReplayArguments& arguments);

/// `headmon replay --serve`. Returns the exit code.
[[nodiscard]] int run_replay_serve(const ReplayArguments& arguments);

}  // namespace cli
