#pragma once

#include <string>

#include "updates/update.hpp"

namespace updates {

/// An update as one JSON object on one line, without a line end. Every member is described in
/// docs/updates.md.
[[nodiscard]] std::string to_json(const Update& update);

/// The same, written behind what `out` holds.
void append_json(const Update& update, std::string& out);

}  // namespace updates
