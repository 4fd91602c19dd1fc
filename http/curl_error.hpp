#pragma once

#include <string_view>

#include "http/request.hpp"

namespace http {

/// How far a hop had come when curl was done with it.
struct HopProgress {
    bool connected = false;
    /// A final answer's headers were complete.
    bool head = false;
    /// A byte of the body came.
    bool body = false;
    /// The hop's errno, 0 when none was seen.
    int os_error = 0;
    /// curl's text about the error, fit to be printed.
    std::string_view text;
};

/// What an answer is that begins with these bytes and not with a head of HTTP.
[[nodiscard]] TransferError without_head(std::string_view bytes);

/// Whether the body of a 400 says that the port speaks https and was asked in plain http.
[[nodiscard]] bool is_for_https(std::string_view body);
/// The error for it.
[[nodiscard]] TransferError port_of_https();

/// The reason for a CURLcode. kEof and kEmptyBody are the complete answers. Internal to http/.
[[nodiscard]] TransferError transfer_error_of(int code, const HopProgress& progress);

/// A body that ended as it should.
[[nodiscard]] TransferError end_of_body(bool has_bytes);
/// A connection that was closed inside a body.
[[nodiscard]] TransferError body_cut_short();

}  // namespace http
