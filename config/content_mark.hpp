#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/node_names.hpp"

namespace config {

/// A mark of a text that another text does not have: a hash (UUID version 5). It goes where the
/// text itself may be, and nowhere else.
[[nodiscard]] std::string content_mark(std::string_view text);
/// The same of the nodes of a command line.
[[nodiscard]] std::string content_mark(const std::vector<NodeSpec>& nodes);

}  // namespace config
