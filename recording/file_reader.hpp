#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "recording/entry.hpp"
#include "recording/folder.hpp"

namespace recording {

/// Reads the entries of a recording, file by file, oldest first. Used by one thread.
class FileReader {
  public:
    /// What was not whole, and so not read.
    struct Torn {
        std::string path;
        /// Why: for people.
        std::string why;
    };

    /// Of a directory. Fails with kBadValue where it cannot be read or has no file.
    [[nodiscard]] static base::Result<FileReader> open(const std::string& directory);
    FileReader(FileReader&&) noexcept;
    FileReader& operator=(FileReader&&) noexcept;
    ~FileReader();

    /// The next entry; nothing at the end. A file without its end, as a crash leaves it, is read as
    /// far as it is whole; of a kind that is not known an entry is passed over. Fails with
    /// kBadValue where a line is none: the detail names file and line.
    [[nodiscard]] base::Result<std::optional<Entry>> next();

    [[nodiscard]] const std::vector<RecordingFile>& files() const;
    [[nodiscard]] const std::vector<Torn>& torn() const;
    /// Entries passed over, as a later headmon wrote them.
    [[nodiscard]] std::uint64_t unknown() const;

  private:
    class Impl;
    explicit FileReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace recording
