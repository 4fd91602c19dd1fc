#pragma once

#include <optional>
#include <string>

#include "check/assessment.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_status.hpp"

namespace check {

/// Assesses one node. Of `all`, the clock and the chain are known. Pure; a part of `assess`.
[[nodiscard]] NodeAssessment assess_node(const NodeReport& report, updates::NetworkCheck check,
                                         const Assessment& all, const CheckContext& context);

/// Adds the dates of a node's answers to an estimate of our clock.
void add_dates(const NodeReport& report, monitor::ClockEstimate& estimate);

/// kNone where nothing is known.
[[nodiscard]] updates::ClockSkew::Level level_of(const std::optional<updates::ClockSkew>& clock);

/// Ours against theirs: "3.0 s ahead of", "0.2 s behind".
[[nodiscard]] std::string clock_text(const updates::ClockSkew& clock);

}  // namespace check
