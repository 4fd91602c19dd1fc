#pragma once

#include <string_view>

namespace config {

/// Whether a text can be where the slots of the web page lead: an http or https URL of up to 1 kB
/// with `{slot}` or `{root}` in it. No userinfo: whoever reads the API reads it.
[[nodiscard]] bool is_block_explorer(std::string_view text);

}  // namespace config
