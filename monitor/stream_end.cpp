#include "monitor/stream_end.hpp"

#include <cassert>

#include "http/date.hpp"

namespace monitor {

updates::StreamEndReason end_reason_of(http::FailureReason reason) {
    using http::FailureReason;
    using updates::StreamEndReason;
    switch (reason) {
        case FailureReason::kEof:
            return StreamEndReason::kEof;
        case FailureReason::kConnectFailed:
            return StreamEndReason::kConnectFailed;
        case FailureReason::kDnsFailed:
            return StreamEndReason::kDnsFailed;
        case FailureReason::kTlsFailed:
            return StreamEndReason::kTlsFailed;
        case FailureReason::kConnectTimeout:
            return StreamEndReason::kConnectTimeout;
        case FailureReason::kHttpStatus:
            return StreamEndReason::kHttpStatus;
        case FailureReason::kContentType:
            return StreamEndReason::kContentType;
        case FailureReason::kEmptyBody:
            return StreamEndReason::kEmptyBody;
        case FailureReason::kReset:
            return StreamEndReason::kReset;
        case FailureReason::kMalformed:
            return StreamEndReason::kMalformed;
        case FailureReason::kTooLarge:
            return StreamEndReason::kTooLarge;
        case FailureReason::kRedirect:
            return StreamEndReason::kRedirect;
        case FailureReason::kContentCoding:
            return StreamEndReason::kContentCoding;
        case FailureReason::kCancelled:
            return StreamEndReason::kCancelled;
    }
    assert(false);
    return StreamEndReason::kReset;
}

StreamEnd stream_end_of(const http::TransferError& why) {
    constexpr int kTooManyRequests = 429;
    constexpr int kUnavailable = 503;
    StreamEnd end{end_reason_of(why.reason), why.detail, why.status};
    if (why.status == kTooManyRequests || why.status == kUnavailable) {
        end.retry_after = why.retry_after;
    }
    return end;
}

}  // namespace monitor
