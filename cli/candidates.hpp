#pragma once

#include "cli/arguments.hpp"

namespace cli {

/// `headmon candidates`: reads or changes the list of nodes of a headmon that runs, over its API.
/// Returns the exit code.
[[nodiscard]] int run_candidates(const CandidatesArguments& arguments);

}  // namespace cli
