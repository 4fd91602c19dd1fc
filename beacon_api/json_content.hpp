#pragma once

#include <string>

// Only named here: simdjson's header is dear.
namespace simdjson::dom {
class object;
}  // namespace simdjson::dom

namespace beacon_api {

/// Appends what `object` says as text that is the same for all ways to write it: the members of
/// objects sorted by name, strings without their escapes and with their length in front. To be
/// hashed; it is no JSON.
void append_content(std::string& out, const simdjson::dom::object& object);

}  // namespace beacon_api
