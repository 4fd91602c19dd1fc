#include "updates/stream_end_reason.hpp"

#include <cassert>

namespace updates {

std::string_view to_string(StreamEndReason reason) {
    switch (reason) {
        case StreamEndReason::kEof:
            return "eof";
        case StreamEndReason::kConnectFailed:
            return "connect_failed";
        case StreamEndReason::kDnsFailed:
            return "dns_failed";
        case StreamEndReason::kTlsFailed:
            return "tls_failed";
        case StreamEndReason::kConnectTimeout:
            return "connect_timeout";
        case StreamEndReason::kHttpStatus:
            return "http_status";
        case StreamEndReason::kContentType:
            return "content_type";
        case StreamEndReason::kEmptyBody:
            return "empty_body";
        case StreamEndReason::kReset:
            return "reset";
        case StreamEndReason::kMalformed:
            return "malformed";
        case StreamEndReason::kErrorEvent:
            return "error_event";
        case StreamEndReason::kTooLarge:
            return "too_large";
        case StreamEndReason::kRedirect:
            return "redirect";
        case StreamEndReason::kContentCoding:
            return "content_coding";
        case StreamEndReason::kSilent:
            return "silent";
        case StreamEndReason::kStalled:
            return "stalled";
        case StreamEndReason::kTopicRefused:
            return "topic_refused";
        case StreamEndReason::kWrongNetwork:
            return "wrong_network";
        case StreamEndReason::kCancelled:
            return "cancelled";
    }
    assert(false);
    return "unknown";
}

}  // namespace updates
