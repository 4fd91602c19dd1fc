#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "check/assessment.hpp"
#include "check/node_probe.hpp"
#include "cli/arguments.hpp"

namespace cli {

/// Probes the nodes of `config` once, on a loop of its own. Nothing when a signal ended it before
/// it was through; the reason is then on standard error.
[[nodiscard]] std::optional<check::Checked> probe_once(const config::Config& config,
                                                       check::ProbeOptions options);

/// Writes to standard error why nothing could be checked. Returns the exit code for it.
[[nodiscard]] int could_not_check(std::string_view why);

/// Writes `text` to standard output. Returns the exit code of `severity`, or kExitCouldNotCheck
/// when it cannot be written.
[[nodiscard]] int report(std::string_view text, check::Severity severity);

/// `headmon check`. Returns the exit code.
[[nodiscard]] int run_check(const CheckArguments& arguments);

}  // namespace cli
