#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace recording {

/// One file of a recording: `00000012.jsonl.zst`, numbers without a hole from the oldest on.
struct RecordingFile {
    std::uint64_t number = 0;
    std::string path;
    std::uint64_t bytes = 0;
    /// Seconds since 1970 of its last change.
    std::int64_t changed = 0;
};

[[nodiscard]] std::string file_name(std::uint64_t number);

/// The files of a recording, the oldest first; others of the directory are passed over. Fails with
/// kBadValue where the directory cannot be read.
[[nodiscard]] base::Result<std::vector<RecordingFile>> list_files(const std::string& directory);

}  // namespace recording
