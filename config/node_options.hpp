#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/node_names.hpp"

namespace config {

/// The nodes of the command line: each of `beacon_node` is NAME=URL or URL, and `beacon_nodes` is
/// URL,URL,… or empty. Fails with kBadValue; the detail names the option and the place in it, and
/// nothing of the URL.
[[nodiscard]] base::Result<std::vector<NodeSpec>> parse_nodes(
    const std::vector<std::string>& beacon_node, std::string_view beacon_nodes);

}  // namespace config
