#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace updates {

/// Why an event stream of a beacon node ended. One word for each serves logs, updates and metric
/// labels alike.
enum class StreamEndReason : std::uint8_t {
    /// The node ended the stream as HTTP has it: final chunk, or the close of an unframed body.
    kEof,
    kConnectFailed,
    kDnsFailed,
    /// The handshake or a certificate failed, or only one side speaks TLS.
    kTlsFailed,
    kConnectTimeout,
    /// The answer's status is not 200.
    kHttpStatus,
    /// The answer is not `text/event-stream`.
    kContentType,
    /// The answer ended without one byte of body.
    kEmptyBody,
    /// The connection broke, or closed before the body was complete.
    kReset,
    /// Broken HTTP framing, or an event that is not what its topic says.
    kMalformed,
    /// An event named `error`.
    kErrorEvent,
    /// A header block or an event beyond its limit.
    kTooLarge,
    /// A redirect that is not followed: too many, to another scheme, or without a usable target.
    kRedirect,
    /// The answer has a content or transfer coding, such as gzip; none was accepted.
    kContentCoding,
    /// No byte for longer than the node's client keeps quiet.
    kSilent,
    /// The node's own head moved by REST and the stream gave nothing new.
    kStalled,
    /// The node does not serve the topics that it was asked for; fewer are asked next.
    kTopicRefused,
    /// The node is on another chain.
    kWrongNetwork,
    /// Ended by our own side: the candidate list changed, or the program stops.
    kCancelled,
};

inline constexpr std::array kAllStreamEndReasons{
    StreamEndReason::kEof,         StreamEndReason::kConnectFailed,  StreamEndReason::kDnsFailed,
    StreamEndReason::kTlsFailed,   StreamEndReason::kConnectTimeout, StreamEndReason::kHttpStatus,
    StreamEndReason::kContentType, StreamEndReason::kEmptyBody,      StreamEndReason::kReset,
    StreamEndReason::kMalformed,   StreamEndReason::kErrorEvent,     StreamEndReason::kTooLarge,
    StreamEndReason::kRedirect,    StreamEndReason::kContentCoding,  StreamEndReason::kSilent,
    StreamEndReason::kStalled,     StreamEndReason::kTopicRefused,   StreamEndReason::kWrongNetwork,
    StreamEndReason::kCancelled,
};

/// The stable name, as in the design: `connect_failed`.
[[nodiscard]] std::string_view to_string(StreamEndReason reason);

}  // namespace updates
