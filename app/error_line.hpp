#pragma once

#include <string_view>

namespace app {

/// Writes `headmon: TEXT` to standard error as one line; not where nobody reads it for half a
/// second.
void write_error(std::string_view text);

/// Writes `text` to standard output at once. Whether all of it is out, or its reader has gone away,
/// as `head` does; any other failure has its line on standard error and is exit code 1.
[[nodiscard]] bool write_text(std::string_view text);

/// Writes the error line of what is wrong with usage or configuration. Returns the exit code for
/// it.
[[nodiscard]] int usage_error(std::string_view text);

}  // namespace app
