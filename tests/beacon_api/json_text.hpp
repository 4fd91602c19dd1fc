#pragma once

#include <string>
#include <string_view>

namespace tests {

/// `json` with the first member `name` given `value`, which is JSON. Throws when there is none.
[[nodiscard]] std::string with_member(std::string_view json, std::string_view name,
                                      std::string_view value);

/// `json` without its first member `name`: it gets another name. Throws when there is none.
[[nodiscard]] std::string without_member(std::string_view json, std::string_view name);

}  // namespace tests
