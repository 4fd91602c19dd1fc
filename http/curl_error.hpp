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
    /// curl's text about the error; may hold bytes from outside.
    std::string_view text;
};

/// The reason for a CURLcode. kEof and kEmptyBody are the complete answers. Internal to http/.
[[nodiscard]] TransferError transfer_error_of(int code, const HopProgress& progress);

}  // namespace http
