#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/chunked_body.hpp"
#include "http/request.hpp"

namespace http {

/// The body of an answer as its connection brings it: in chunks, or up to the end of the
/// connection. Knows when it is over, and why. Internal to http/.
class PlainBody {
  public:
    /// `header_bytes_max`: see `ChunkedBody`.
    PlainBody(bool is_chunked, std::size_t header_bytes_max);

    /// The bytes of the body that are in those of the connection; see `ChunkedBody::take`. Nothing
    /// once the body is over.
    [[nodiscard]] std::string_view take(std::string_view bytes, std::string& joined);
    /// Why the body is over, by what its bytes say; nothing as long as it goes on.
    [[nodiscard]] std::optional<TransferError> end() const;
    /// Why the body is over when the connection ends, or fails with this `errno`.
    [[nodiscard]] TransferError connection_end(int error) const;

  private:
    std::optional<ChunkedBody> chunks_;
    bool has_bytes_ = false;
};

}  // namespace http
