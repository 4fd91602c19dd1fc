#include "beacon_api/request_error.hpp"

#include <utility>

namespace beacon_api {

RequestError request_error(const http::FetchError& error) {
    if (!error.reason) {
        return {base::ErrorCode::kDeadline, 0, std::nullopt, error.detail};
    }
    const auto code = error.reason == http::FailureReason::kTooLarge
                          ? base::ErrorCode::kTooLong
                          : base::ErrorCode::kUnreachable;
    return {code, 0, error.reason, error.detail};
}

RequestError request_error(base::Error error) {
    return {error.code, 0, std::nullopt, std::move(error.detail)};
}

std::string status_text(int status, std::string_view reason) {
    std::string text = "status " + std::to_string(status);
    if (!reason.empty()) {
        text += ": ";
        text += reason;
    }
    return text;
}

base::Error base_error(const RequestError& error) {
    if (error.http_status != 0) {
        return {error.code, status_text(error.http_status, error.detail)};
    }
    if (error.transport) {
        return {error.code, std::string{to_string(*error.transport)} + ": " + error.detail};
    }
    return {error.code, error.detail};
}

void throw_exception_from_error(const RequestError& error, const boost::source_location& where) {
    throw_exception_from_error(base_error(error), where);
}

}  // namespace beacon_api
