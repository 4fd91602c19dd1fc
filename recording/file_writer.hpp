#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace recording {

/// A file cannot be made or written; the text is for people and names the path.
class WriteError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Writes one file: lines, compressed by zstd as one frame. What was flushed can be read, whatever
/// becomes of the process. Used by one thread at a time.
class FileWriter {
  public:
    /// Makes the file, mode 0600; one that is there is an error. Throws WriteError.
    explicit FileWriter(const std::string& path);
    FileWriter(const FileWriter&) = delete;
    FileWriter& operator=(const FileWriter&) = delete;
    /// Without an end what was not flushed may be lost.
    ~FileWriter();

    /// Throw WriteError; nothing more can be written then.
    void write(std::string_view lines);
    void flush();
    /// Ends the frame: the file is whole. Called once, last.
    void end();

    /// As far as they are written.
    [[nodiscard]] std::uint64_t bytes() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace recording
