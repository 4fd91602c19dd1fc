#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fleet {

/// The header by which JetStream, and whoever reads the stream, knows what comes twice.
inline constexpr const char* kMessageIdHeader = "Nats-Msg-Id";
/// Kinds beside those of updates.
inline constexpr std::string_view kGapKind = "gap";
inline constexpr std::string_view kInstanceStatusKind = "instance_status";

/// Which message of which headmon. Sequences of one origin begin at 1 and have no holes: a hole is
/// what was lost.
struct MessageId {
    std::string instance;
    /// Of a history, or of a process that keeps none: random when that begins.
    std::uint64_t origin = 0;
    std::uint64_t sequence = 0;

    friend bool operator==(const MessageId&, const MessageId&) = default;
};

/// 16 hex digits.
[[nodiscard]] std::string origin_text(std::uint64_t origin);

/// `fra-1:0123456789abcdef:42`, the instance escaped as in a subject.
[[nodiscard]] std::string to_string(const MessageId& id);
/// Nothing for what is none.
[[nodiscard]] std::optional<MessageId> parse_message_id(std::string_view text);

}  // namespace fleet
