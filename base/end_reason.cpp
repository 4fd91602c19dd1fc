#include "base/end_reason.hpp"

namespace base {

std::string_view to_string(EndReason reason) {
    switch (reason) {
        case EndReason::kEof:
            return "eof";
        case EndReason::kConnectFailed:
            return "connect_failed";
        case EndReason::kDnsFailed:
            return "dns_failed";
        case EndReason::kTlsFailed:
            return "tls_failed";
        case EndReason::kConnectTimeout:
            return "connect_timeout";
        case EndReason::kHttpStatus:
            return "http_status";
        case EndReason::kContentType:
            return "content_type";
        case EndReason::kEmptyBody:
            return "empty_body";
        case EndReason::kReset:
            return "reset";
        case EndReason::kMalformed:
            return "malformed";
        case EndReason::kUnexpectedEvent:
            return "unexpected_event";
        case EndReason::kErrorEvent:
            return "error_event";
        case EndReason::kTooLarge:
            return "too_large";
        case EndReason::kRedirect:
            return "redirect";
        case EndReason::kSilent:
            return "silent";
        case EndReason::kStalled:
            return "stalled";
        case EndReason::kTopicRefused:
            return "topic_refused";
        case EndReason::kWrongNetwork:
            return "wrong_network";
        case EndReason::kCancelled:
            return "cancelled";
    }
    return "unknown";
}

}  // namespace base
