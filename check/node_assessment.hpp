#pragma once

#include <optional>
#include <string>

#include "check/assessment.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_status.hpp"

namespace check {

/// Judges one node. Of `all`, the clock and the chain are known. Pure; a part of `judge`.
[[nodiscard]] NodeVerdict judge_node(const NodeLook& look, updates::NetworkCheck standing,
                                     const CheckVerdict& all, const CheckContext& context);

/// What the dates of a node's answers say of our clock.
void tell_dates(const NodeLook& look, monitor::ClockEstimate& estimate);

/// kNone where nothing is known.
[[nodiscard]] updates::ClockSkew::Level level_of(const std::optional<updates::ClockSkew>& clock);

/// Ours to theirs: "3.0 s ahead of", "0.2 s behind".
[[nodiscard]] std::string clock_text(const updates::ClockSkew& clock);

}  // namespace check
