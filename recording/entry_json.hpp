#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "recording/entry.hpp"

namespace recording {

/// The longest line that is read: a REST answer of 2 MiB, each byte of it escaped, and room.
inline constexpr std::size_t kLineBytesMax = std::size_t{16} * 1024 * 1024;

/// An entry as one line of JSON, with the line's end: docs/recording.md. Bytes of streams and
/// bodies are text in which each character is a byte, U+0000 to U+00FF.
void append_line(std::string& out, const Entry& entry);

/// Reads lines, which may be anything. Keeps its buffers.
class LineReader {
  public:
    LineReader();
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;
    ~LineReader();

    /// Of a line without its end. Fails with kMalformedJson, kTooLong, and with kMissingField,
    /// kOutOfRange or kBadValue, whose detail names the member; an entry of a kind that is not
    /// known, as a later headmon may write it, fails with kBadValue and "entry".
    [[nodiscard]] base::Result<Entry> read(std::string_view line);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace recording
