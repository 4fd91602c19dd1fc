#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace files {

/// Replaces the file at `path` by one with this text, whole or not at all, also when the machine
/// goes down meanwhile: it is written beside it (`path.new`), flushed to the disk and renamed. Mode
/// 0600. Waits for the disk; one writer of a path at a time. Fails with kBadValue; the detail has
/// not the path: "cannot be written (No space left on device); make room, or see to the
/// permissions".
[[nodiscard]] base::Result<void> write_whole_file(const std::string& path, std::string_view text);

/// Makes the file in the same way, unless there is one: that stays as it is, whoever makes it
/// first. Returns whether it was made. Fails as `write_whole_file`.
[[nodiscard]] base::Result<bool> create_whole_file(const std::string& path, std::string_view text);

/// Removes the file, and outlives a power cut as well; one that is not there is removed already.
/// Fails with kBadValue: "cannot be removed (Permission denied)".
[[nodiscard]] base::Result<void> remove_file(const std::string& path);

}  // namespace files
