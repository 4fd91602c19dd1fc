#include "http/curl_error.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <string>
#include <system_error>

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
        return body_cut_short().detail;
    }
    if (code == CURLE_GOT_NOTHING) {
        return "closed before an answer";
    }
    if (contains(progress.text, "wrong version number") ||
        contains(progress.text, "unexpected TLS packet")) {
        return "the port speaks no TLS, and the URL says https: if it is the port of plain http, "
               "write http:// in the URL";
    }
    if (!progress.text.empty()) {
        return std::string{progress.text};
    }
    return curl_easy_strerror(static_cast<CURLcode>(code));
}

}  // namespace

TransferError without_head(std::string_view bytes) {
    // A TLS record: its type, and the major version. Whoever waits for a handshake and reads a
    // request answers with an alert. https://www.rfc-editor.org/rfc/rfc8446#section-5.1
    if (bytes.size() >= 2 && bytes[0] >= 0x14 && bytes[0] <= 0x17 && bytes[1] == 0x03) {
        return port_of_https();
    }
    return {FailureReason::kMalformed, "the answer is not HTTP"};
}

bool is_for_https(std::string_view body) {
    // nginx: "The plain HTTP request was sent to HTTPS port"; Go: "Client sent an HTTP request to
    // an HTTPS server"; Apache: "You're speaking plain HTTP to an SSL-enabled server port".
    std::string text{body};
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return (contains(text, "plain http") || contains(text, "http request")) &&
           (contains(text, "https") || contains(text, "ssl-enabled"));
}

TransferError port_of_https() {
    return {FailureReason::kTlsFailed,
            "the port speaks https, and the URL says http: write https:// in the URL"};
}

TransferError transfer_error_of(int code, const HopProgress& progress) {
    if (code != CURLE_OK) {
        return {reason_of(code, progress), detail_of(code, progress)};
    }
    if (!progress.head) {
        // curl calls an answer that stops inside its headers a success.
        return {FailureReason::kReset, "closed inside the headers"};
    }
    return end_of_body(progress.body);
}

TransferError end_of_body(bool has_bytes) {
    if (!has_bytes) {
        return {FailureReason::kEmptyBody, "the body ended without a byte"};
    }
    return {FailureReason::kEof, "the node ended it"};
}

TransferError body_cut_short() {
    return {FailureReason::kReset, "closed before the body was complete"};
}

}  // namespace http
