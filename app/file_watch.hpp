#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

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

/// Reports when a file has changed: rewritten, or replaced by another of its name, as editors and
/// deployments do. Watches its directory through inotify. Lives on the event loop; not thread-safe.
class FileWatch {
  public:
    /// `seen` is the state that the owner has read. Throws boost::system::system_error when the
    /// directory cannot be watched.
    FileWatch(const boost::asio::any_io_executor& executor, base::Clock& clock,
              const std::string& path, std::optional<FileStamp> seen);

    /// Returns when the file is there in a state that was not seen, and nothing has happened to it
    /// for 100 ms; that state is the one seen then.
    [[nodiscard]] base::Task<void> changed();

    /// The state that was seen last.
    [[nodiscard]] const std::optional<FileStamp>& seen() const { return seen_; }

  private:
    [[nodiscard]] base::Task<void> read_events();
    /// Reads what is there already; whether there was something.
    [[nodiscard]] bool drain();

    base::Clock& clock_;
    boost::asio::posix::stream_descriptor inotify_;
    std::string path_;
    std::optional<FileStamp> seen_;
};

}  // namespace app
