#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include "base/result.hpp"
#include "http/failure_reason.hpp"
#include "http/transport.hpp"

namespace beacon_api {

/// Why a REST request to a node brought nothing that can be used.
struct RequestError {
    /// kUnreachable, kTooLong, kDeadline, kHttpStatus, or why the answer cannot be decoded.
    base::ErrorCode code = base::ErrorCode::kBadValue;
    /// Of the answer, for kHttpStatus; else 0.
    int http_status = 0;
    /// How the transfer ended, for kUnreachable and where HTTP found the answer too long.
    std::optional<http::FailureReason> transport{};
    /// More about it: the field, the limit, what the transport says, the node's own reason for
    /// kHttpStatus. Fit to be printed as base::Error's; for people alone.
    std::string detail{};

    friend bool operator==(const RequestError&, const RequestError&) = default;
};

template <class T>
using RequestResult = boost::system::result<T, RequestError>;

/// Of a transfer without a complete answer.
[[nodiscard]] RequestError request_error(const http::FetchError& error);
/// Of an answer that cannot be decoded.
[[nodiscard]] RequestError request_error(base::Error error);
/// "status 503", with the node's reason where there is one: "status 503: syncing".
[[nodiscard]] std::string status_text(int status, std::string_view reason);
/// The same for those who ask for the code alone; the detail names status or transport reason.
[[nodiscard]] base::Error base_error(const RequestError& error);

/// Found by argument lookup when `.value()` is called on an error: a bug in the caller.
[[noreturn]] void throw_exception_from_error(const RequestError& error,
                                             const boost::source_location& where);

}  // namespace beacon_api
