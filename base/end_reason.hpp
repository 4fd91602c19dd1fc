#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace base {

/// Why a stream to a beacon node ended, or why a request to it got no answer. One word of it stands
/// in logs, updates and metric labels alike.
enum class EndReason : std::uint8_t {
    /// The node ended the stream as HTTP has it: final chunk, or the close of an unframed body.
    kEof,
    kConnectFailed,
    kDnsFailed,
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
    /// An event of a topic that was not asked for.
    kUnexpectedEvent,
    /// An event named `error`.
    kErrorEvent,
    /// A header block or an event beyond its limit.
    kTooLarge,
    /// A redirect that is not followed: too many, to another scheme, or without a usable target.
    kRedirect,
    /// No byte for longer than the node's client keeps quiet.
    kSilent,
    /// The node's own head moved by REST and the stream gave none.
    kStalled,
    /// The node does not serve the topics that it was asked for; fewer are asked next.
    kTopicRefused,
    /// The node is on another chain.
    kWrongNetwork,
    /// Ended by our own side: the candidate list changed, or the program stops.
    kCancelled,
};

inline constexpr std::array kAllEndReasons{
    EndReason::kEof,         EndReason::kConnectFailed,   EndReason::kDnsFailed,
    EndReason::kTlsFailed,   EndReason::kConnectTimeout,  EndReason::kHttpStatus,
    EndReason::kContentType, EndReason::kEmptyBody,       EndReason::kReset,
    EndReason::kMalformed,   EndReason::kUnexpectedEvent, EndReason::kErrorEvent,
    EndReason::kTooLarge,    EndReason::kRedirect,        EndReason::kSilent,
    EndReason::kStalled,     EndReason::kTopicRefused,    EndReason::kWrongNetwork,
    EndReason::kCancelled,
};

/// The stable name, as in the design: `connect_failed`.
[[nodiscard]] std::string_view to_string(EndReason reason);

}  // namespace base
