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

base::Error base_error(const RequestError& error) {
    if (error.http_status != 0) {
        return {error.code, "status " + std::to_string(error.http_status)};
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
