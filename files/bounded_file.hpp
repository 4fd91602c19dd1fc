#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace files {

/// The most that is read of a config file, a scenario, or a file that one names.
inline constexpr std::size_t kBoundedFileBytesMax = std::size_t{1024} * 1024;

enum class FileKinds : std::uint8_t {
    /// Files that are read to their end at once.
    kRegular,
    /// Pipes and devices too, such as `<(...)` of a shell; reading them may wait.
    kStreamsToo,
};

/// The whole of a file of at most 1 MiB. Never throws, and with kRegular never waits. Fails with
/// kBadValue; the detail has neither the path nor anything of the file: "cannot be read; check the
/// path and its permissions".
[[nodiscard]] base::Result<std::string> read_bounded_file(const std::string& path, FileKinds kinds);

}  // namespace files
