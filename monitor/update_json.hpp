#pragma once

#include <string>

#include "monitor/update.hpp"

namespace monitor {

/// An update as one JSON object on one line, without a line end. Every member is described in
/// docs/updates.md.
[[nodiscard]] std::string to_json(const Update& update);

}  // namespace monitor
