#pragma once

#include <optional>
#include <vector>

#include "beacon_api/responses.hpp"
#include "chain/spec.hpp"

namespace monitor {

/// The spec of a chain by the majority of its nodes, member by member: only nodes that give a
/// member vote on it, and at equal votes the first wins. So neither an older node, whose spec
/// leaves out what newer ones know, nor a single wrong one decides. A deadline of zero counts as
/// not given. Nothing without specs.
[[nodiscard]] std::optional<chain::Spec> vote(const std::vector<chain::Spec>& specs);

}  // namespace monitor
