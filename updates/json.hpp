#pragma once

#include <string>

#include "updates/json_writer.hpp"
#include "updates/update.hpp"

namespace updates {

/// An update as one JSON object on one line, without a line end. Every member is described in
/// docs/updates.md.
[[nodiscard]] std::string to_json(const Update& update);

/// The same, written behind what `out` holds.
void append_json(const Update& update, std::string& out);

/// The members of a fact, of an update of this moment, into the object that is open.
void write_members(JsonWriter& out, const Fact& fact, base::Instant at);

}  // namespace updates
