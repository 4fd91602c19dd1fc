#pragma once

#include <string_view>

namespace cli {

/// Writes `headmon: TEXT` to standard error as one line.
void write_error(std::string_view text);

/// The same for what is wrong with usage or configuration. Returns the exit code for it.
[[nodiscard]] int usage_error(std::string_view text);

}  // namespace cli
