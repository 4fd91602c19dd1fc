#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace app {

/// What differs between two states of a file, without reading it.
struct FileStamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified_ns = 0;

    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// The file's stamp; nothing while there is no such file. Follows symbolic links.
[[nodiscard]] std::optional<FileStamp> read_stamp(const std::string& path);

/// Reports when another file is at a path, or the same one with other content: rewritten, replaced,
/// or reached through a link or a directory that was replaced, as editors and deployments do.
/// Compares the file's stamp once a second. Not inotify, which watches a directory and not a path:
/// once a link in the path leads elsewhere it watches what nobody reads. Not thread-safe.
class FileWatch {
  public:
    /// `seen` is the state that the owner has read.
    FileWatch(base::Clock& clock, std::string path, std::optional<FileStamp> seen);

    /// Returns when the file is there in a state that was not seen, and nothing has happened to it
    /// for 100 ms; that state is the one seen then.
    [[nodiscard]] base::Task<void> changed();

    /// The state that was seen last.
    [[nodiscard]] const std::optional<FileStamp>& seen() const { return seen_; }

  private:
    base::Clock& clock_;
    std::string path_;
    std::optional<FileStamp> seen_;
};

}  // namespace app
