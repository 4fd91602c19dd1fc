#include "base/result.hpp"

#include <stdexcept>
#include <utility>

namespace base {

std::string_view to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::kMalformedJson:
            return "malformed_json";
        case ErrorCode::kMissingField:
            return "missing_field";
        case ErrorCode::kBadHex:
            return "bad_hex";
        case ErrorCode::kOutOfRange:
            return "out_of_range";
        case ErrorCode::kTooLong:
            return "too_long";
        case ErrorCode::kBadUrl:
            return "bad_url";
        case ErrorCode::kBadValue:
            return "bad_value";
        case ErrorCode::kWrongHash:
            return "wrong_hash";
        case ErrorCode::kUnreachable:
            return "unreachable";
        case ErrorCode::kHttpStatus:
            return "http_status";
        case ErrorCode::kDeadline:
            return "deadline";
        case ErrorCode::kCancelled:
            return "cancelled";
    }
    return "unknown";
}

Error bad_value(std::string detail) {
    return Error{ErrorCode::kBadValue, std::move(detail)};
}

std::string to_string(const Error& error) {
    std::string text{to_string(error.code)};
    if (!error.detail.empty()) {
        text += ": ";
        text += error.detail;
    }
    return text;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    throw std::logic_error{to_string(error) + " (value() at " + where.to_string() + ")"};
}

}  // namespace base
