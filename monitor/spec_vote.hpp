#pragma once

#include <optional>
#include <vector>

#include "beacon_api/responses.hpp"
#include "chain/spec.hpp"

namespace monitor {

/// What the nodes of one chain say of it, member by member: what most of those that say anything
/// say, and at equal votes the first. So neither an older node, whose spec leaves out what newer
/// ones know, nor a single wrong one decides. A deadline of nothing is as good as none said. Empty
/// without specs.
[[nodiscard]] std::optional<chain::Spec> vote(const std::vector<chain::Spec>& specs);

}  // namespace monitor
