#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace http {

/// Why a transfer ended, or why a request got no answer.
enum class FailureReason : std::uint8_t {
    /// The server ended the body as HTTP has it: final chunk, or the close of an unframed body.
    kEof,
    kConnectFailed,
    kDnsFailed,
    /// The handshake or a certificate failed, or only one side speaks TLS.
    kTlsFailed,
    kConnectTimeout,
    /// The answer's status is not 200.
    kHttpStatus,
    /// The answer is not of the type that was asked for.
    kContentType,
    /// The answer ended without one byte of body.
    kEmptyBody,
    /// The connection broke, or closed before the body was complete.
    kReset,
    /// Broken HTTP framing, or a body that cannot be read.
    kMalformed,
    /// A header block, or a unit of the body, beyond its limit.
    kTooLarge,
    /// A redirect that is not followed: too many, to another scheme, or without a usable target.
    kRedirect,
    /// The body has a content or transfer coding, such as gzip; none was accepted.
    kContentCoding,
    /// Ended by our own side.
    kCancelled,
};

inline constexpr std::array kAllFailureReasons{
    FailureReason::kEof,           FailureReason::kConnectFailed,  FailureReason::kDnsFailed,
    FailureReason::kTlsFailed,     FailureReason::kConnectTimeout, FailureReason::kHttpStatus,
    FailureReason::kContentType,   FailureReason::kEmptyBody,      FailureReason::kReset,
    FailureReason::kMalformed,     FailureReason::kTooLarge,       FailureReason::kRedirect,
    FailureReason::kContentCoding, FailureReason::kCancelled,
};

/// The stable name: `connect_failed`.
[[nodiscard]] std::string_view to_string(FailureReason reason);

}  // namespace http
