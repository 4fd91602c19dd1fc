#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace http {

/// Takes a chunked body out of its chunks, wherever reads cut it. Extensions and trailers are
/// passed over. https://www.rfc-editor.org/rfc/rfc9112#section-7.1
/// Internal to http/.
class ChunkedBody {
  public:
    enum class State : std::uint8_t { kOpen, kComplete, kMalformed, kTooLarge };

    /// The line before a chunk, and all trailers together, may have so many bytes.
    explicit ChunkedBody(std::size_t header_bytes_max) : header_bytes_max_{header_bytes_max} {}

    /// The bytes of the body that are in `bytes`, which follow those of the call before; the state
    /// is kOpen. They lie in `bytes`, or in `joined` where they come of several chunks.
    [[nodiscard]] std::string_view take(std::string_view bytes, std::string& joined);
    [[nodiscard]] State state() const { return state_; }

  private:
    /// What the next byte belongs to.
    enum class Part : std::uint8_t {
        kSize,
        kExtension,
        kSizeLineFeed,
        kBytes,
        kBytesReturn,
        kBytesLineFeed,
        kTrailerBegin,
        kTrailer,
        kLastLineFeed,
    };

    void line_byte(char byte);
    void size_byte(char byte);
    /// Goes on with `next` if the byte is the one that is due.
    void expect(char byte, char due, Part next);

    std::size_t header_bytes_max_;
    std::size_t header_bytes_ = 0;
    /// Of the chunk, still to come.
    std::uint64_t left_ = 0;
    bool has_size_ = false;
    Part part_ = Part::kSize;
    State state_ = State::kOpen;
};

}  // namespace http
