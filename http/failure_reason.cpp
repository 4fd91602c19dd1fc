#include "http/failure_reason.hpp"

#include <cassert>

namespace http {

std::string_view to_string(FailureReason reason) {
    switch (reason) {
        case FailureReason::kEof:
            return "eof";
        case FailureReason::kConnectFailed:
            return "connect_failed";
        case FailureReason::kDnsFailed:
            return "dns_failed";
        case FailureReason::kTlsFailed:
            return "tls_failed";
        case FailureReason::kConnectTimeout:
            return "connect_timeout";
        case FailureReason::kHttpStatus:
            return "http_status";
        case FailureReason::kContentType:
            return "content_type";
        case FailureReason::kEmptyBody:
            return "empty_body";
        case FailureReason::kReset:
            return "reset";
        case FailureReason::kMalformed:
            return "malformed";
        case FailureReason::kTooLarge:
            return "too_large";
        case FailureReason::kRedirect:
            return "redirect";
        case FailureReason::kContentCoding:
            return "content_coding";
        case FailureReason::kCancelled:
            return "cancelled";
    }
    assert(false);
    return "unknown";
}

}  // namespace http
