#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "check/node_probe.hpp"
#include "check/assessment.hpp"

namespace cli {

/// Looks at the nodes of `config` once, on a loop of its own. Nothing when a signal ended it before
/// it was through; the reason is then on standard error.
[[nodiscard]] std::optional<check::Checked> look_once(const config::Config& config, check::LookOptions options);

/// Says on standard error why nothing could be checked. Returns the exit code for it.
[[nodiscard]] int could_not_check(std::string_view why);

/// Writes `text` to standard output. Returns the exit code of `grade`, or that of a look that
/// nobody could be told of.
[[nodiscard]] int tell(std::string_view text, check::Grade grade);

/// `headmon check`. Returns the exit code.
[[nodiscard]] int run_check(const CheckArguments& arguments);

}  // namespace cli
