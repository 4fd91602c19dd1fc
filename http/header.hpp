#pragma once

#include <string_view>

namespace http {

/// Whether `name: value` can be sent in a request: a token, and a value without control bytes.
/// https://www.rfc-editor.org/rfc/rfc9110#name-field-names
[[nodiscard]] bool is_header(std::string_view name, std::string_view value);

}  // namespace http
