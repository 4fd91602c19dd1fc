#pragma once

#include <optional>
#include <string>

#include "cli/verdict.hpp"

namespace cli {

/// Judges one node. Of `all`, the clock and the chain are known. Pure; a part of `judge`.
[[nodiscard]] NodeVerdict judge_node(const NodeLook& look, monitor::NetworkGuard::Standing standing,
                                     const CheckVerdict& all, const CheckContext& context);

/// What the dates of a node's answers say of our clock.
void tell_dates(const NodeLook& look, monitor::ClockEstimate& estimate);

/// kNone where nothing is known.
[[nodiscard]] monitor::ClockDoubt::Level level_of(const std::optional<monitor::ClockDoubt>& clock);

/// Ours to theirs: "3.0 s ahead of", "0.2 s behind".
[[nodiscard]] std::string clock_text(const monitor::ClockDoubt& clock);

}  // namespace cli
