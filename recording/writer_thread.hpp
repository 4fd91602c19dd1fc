#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace recording {

struct WriterLimits {
    /// Files beyond either go, the oldest first; of all files together, and since the last change.
    std::uint64_t bytes_max = std::uint64_t{2} * 1024 * 1024 * 1024;
    base::Duration age_max = std::chrono::hours{24 * 14};
    /// Lines that wait for the disk.
    std::size_t queue_bytes_max = std::size_t{16} * 1024 * 1024;
    /// Written lines can be read so much later at most, whatever becomes of the process.
    std::chrono::milliseconds flush_after{500};
    /// After a failure it is tried again.
    std::chrono::milliseconds retry_after{10'000};
};

struct WriterCounts {
    std::uint64_t files = 0;
    /// Compressed, of this start.
    std::uint64_t bytes = 0;
    std::uint64_t failures = 0;
    /// Lines that were refused, and those that were taken and are not on the disk, as a file
    /// failed.
    std::uint64_t lost = 0;
    /// Of all files of the directory, those of earlier starts included.
    std::uint64_t directory_bytes = 0;
    /// What the last failure was; empty when the last try was none.
    std::string problem;
};

/// Writes lines into the files of a directory by a thread of its own: nobody waits for the disk.
class WriterThread {
  public:
    /// Makes the directory, mode 0700, where there is none. Fails with kBadValue.
    [[nodiscard]] static base::Result<std::unique_ptr<WriterThread>> start(std::string directory,
                                                                           WriterLimits limits);
    WriterThread(const WriterThread&) = delete;
    WriterThread& operator=(const WriterThread&) = delete;
    /// Writes what waits, for two seconds at most where the disk hangs.
    ~WriterThread();

    /// Whether a file has failed, or lines were refused, since the last `begin_file`: whatever
    /// follows needs a new one.
    [[nodiscard]] bool needs_new_file() const;
    /// Whether a new file may be tried now.
    [[nodiscard]] bool may_begin_file() const;
    /// The first lines of a new file, where so many are lost in front of it. They are made on the
    /// writer's thread, when the file is there.
    using FirstLines = std::function<std::string(std::uint64_t lost)>;
    /// Lines that were written before go into the file that was begun before.
    void begin_file(FirstLines lines);
    /// Refused, where a new file is needed or too many bytes wait; true when it is taken.
    [[nodiscard]] bool write(std::string line);

    [[nodiscard]] WriterCounts counts() const;

  private:
    class Impl;
    explicit WriterThread(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace recording
