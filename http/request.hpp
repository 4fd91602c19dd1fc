#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/failure_reason.hpp"
#include "http/url.hpp"

namespace http {

struct Header {
    std::string name;
    std::string value;

    friend bool operator==(const Header&, const Header&) = default;
};

/// Files for TLS, PEM. Empty: the system's CA bundle, no client certificate.
struct TlsFiles {
    std::string ca_file;
    std::string client_certificate_file;
    std::string client_key_file;

    friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

/// How one node is reached. Equal endpoints are the same node in the same place.
struct Endpoint {
    Url url;
    /// Sent with each request to this host, and to no other. Values are secrets.
    std::vector<Header> headers;
    TlsFiles tls;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// What a request sends besides its headers.
struct RequestBody {
    /// "PUT"
    std::string method;
    std::string content_type;
    std::string text;
};

/// A request for an answer without content coding: GET, unless it has a body. http and https only,
/// HTTP/1.1; at most three redirects, none of a body, none from https to http, and none that
/// carries userinfo, extra headers or the client certificate to another host.
struct Request {
    Endpoint endpoint;
    std::string accept;
    /// Bounds name lookup, TCP and TLS together.
    std::chrono::milliseconds connect_timeout{3000};
    std::optional<RequestBody> body{};
};

/// The status line and headers of a final answer (no redirect that is followed, no 1xx).
struct ResponseHead {
    int status = 0;
    /// Without parameters, lower case; empty when the answer has none.
    std::string content_type;
    std::optional<std::uint64_t> content_length;
    /// The `Date:` header as sent, at most 64 bytes; empty when there is none.
    std::string date;
    /// How long its `Retry-After:` asks to be left alone.
    /// https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    std::optional<base::Duration> retry_after;
    /// There is an `Age:` header: a cache has answered, and `date` is that of an earlier answer.
    /// https://www.rfc-editor.org/rfc/rfc9111#field.age
    bool is_from_cache = false;
};

struct Response {
    ResponseHead head;
    std::string body;
    /// When the request was handed to us.
    base::MonoTime sent;
    /// When the first byte of the answer was read.
    base::Instant arrived;
};

/// Why a request got no complete answer. `detail` is fit to be printed.
struct TransferError {
    http::FailureReason reason = http::FailureReason::kCancelled;
    std::string detail;
    /// Of the answer that was rejected: set with kHttpStatus.
    int status = 0;
    /// What the answer that was rejected asks for; set with status 429 and 503 only.
    std::optional<base::Duration> retry_after{};
    /// The beginning of the body that came with kHttpStatus, at most 4 KiB, as the node sent it:
    /// only `http::Redactor` makes it fit to be printed.
    std::string body{};
};

}  // namespace http
