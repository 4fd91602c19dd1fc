#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace files {

/// Puts `text` into a file that only its owner may read (mode 0600), in the place of one that is
/// there: whole or not at all. Waits for the disk. Fails with kBadValue; the detail has neither the
/// path nor anything of the text.
[[nodiscard]] base::Result<void> write_private_file(const std::string& path, std::string_view text);

}  // namespace files
