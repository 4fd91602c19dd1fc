#pragma once

#include <string_view>

#include <boost/system/error_code.hpp>

namespace http {

/// The status for a request that Beast could not read; 0 when the client is gone or too slow and
/// an answer makes no sense.
[[nodiscard]] int status_for(const boost::system::error_code& error);

/// What that status says to the client; one line.
[[nodiscard]] std::string_view message_for(int status);

}  // namespace http
