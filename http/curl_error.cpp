#include "http/curl_error.hpp"

#include <curl/curl.h>

#include <string>
#include <system_error>

#include "base/printable.hpp"

namespace http {

namespace {

using http::FailureReason;

bool contains(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

FailureReason reason_of(int code, const HopProgress& progress) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return FailureReason::kDnsFailed;
        case CURLE_COULDNT_CONNECT:
            return FailureReason::kConnectFailed;
        case CURLE_OPERATION_TIMEDOUT:
            return progress.connected ? FailureReason::kReset : FailureReason::kConnectTimeout;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_SSL_CLIENTCERT:
        case CURLE_SSL_ENGINE_NOTFOUND:
        case CURLE_SSL_ENGINE_SETFAILED:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_SSL_SHUTDOWN_FAILED:
        case CURLE_USE_SSL_FAILED:
            return FailureReason::kTlsFailed;
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_FILESIZE_EXCEEDED:
            return FailureReason::kMalformed;
        case CURLE_RECV_ERROR:
            // Broken chunks and a broken connection share this code.
            return contains(progress.text, "chunked-encoding") ? FailureReason::kMalformed
                                                               : FailureReason::kReset;
#if LIBCURL_VERSION_NUM >= 0x080600
        case CURLE_TOO_LARGE:
            return FailureReason::kTooLarge;
#endif
        case CURLE_OUT_OF_MEMORY:
            // curl's answer to a header line beyond its own limit, 100 KiB.
            return progress.connected && !progress.head ? FailureReason::kTooLarge
                                                        : FailureReason::kReset;
        default:
            return progress.connected ? FailureReason::kReset : FailureReason::kConnectFailed;
    }
}

std::string detail_of(int code, const HopProgress& progress) {
    if (code == CURLE_COULDNT_CONNECT && progress.os_error != 0) {
        return std::generic_category().message(progress.os_error);
    }
    if (code == CURLE_PARTIAL_FILE) {
        return "closed before the body was complete";
    }
    if (code == CURLE_GOT_NOTHING) {
        return "closed before an answer";
    }
    if (!progress.text.empty()) {
        return base::printable(progress.text, 160);
    }
    return curl_easy_strerror(static_cast<CURLcode>(code));
}

}  // namespace

TransferError transfer_error_of(int code, const HopProgress& progress) {
    if (code != CURLE_OK) {
        return {reason_of(code, progress), detail_of(code, progress)};
    }
    if (!progress.head) {
        // curl calls an answer that stops inside its headers a success.
        return {FailureReason::kReset, "closed inside the headers"};
    }
    if (!progress.body) {
        return {FailureReason::kEmptyBody, "the body ended without a byte"};
    }
    return {FailureReason::kEof, "the node ended it"};
}

}  // namespace http
