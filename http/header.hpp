#pragma once

#include <string_view>

namespace http {

/// Whether `name: value` can be sent in a request: a token, and a value without control bytes.
/// https://www.rfc-editor.org/rfc/rfc9110#name-field-names
[[nodiscard]] bool is_header(std::string_view name, std::string_view value);

/// Whether two names or tokens are the same to HTTP: upper and lower case are.
[[nodiscard]] bool is_same_word(std::string_view text, std::string_view word);

}  // namespace http
