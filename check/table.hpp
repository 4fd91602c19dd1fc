#pragma once

#include <string>
#include <string_view>

#include "check/assessment.hpp"
#include "updates/chain_facts.hpp"

namespace check {

/// A line that begins with the status of monitoring plugins, a line for each node, and a line for
/// each finding with what to do. Fit for a terminal.
[[nodiscard]] std::string check_table(const Checked& checked);

/// One JSON object on one line: docs/checks.md.
[[nodiscard]] std::string check_json(const Checked& checked);

/// `text` with a capital letter.
[[nodiscard]] std::string sentence(std::string_view text);
/// "Lodestar/v1.5.1", at most 30 bytes; "-" while unknown.
[[nodiscard]] std::string client_of(const NodeReport& report);
/// "mainnet", or "-" while unknown.
[[nodiscard]] std::string network_of(const NodeReport& report);
/// Ours against theirs: "3.1 s ahead", "12.0 s behind", or "right" where no difference is proven;
/// "-".
[[nodiscard]] std::string offset_of(const std::optional<updates::ClockSkew>& clock);

}  // namespace check
