#pragma once

#include <string_view>

namespace cli {

/// Whether `name: value` can be a header of a request: a token, and a value without control bytes.
[[nodiscard]] bool is_header(std::string_view name, std::string_view value);

}  // namespace cli
