#pragma once

#include <cstdint>

#include "updates/update.hpp"

namespace history {

// What `heads.flags` is made of: one number, for there are millions of rows.
inline constexpr std::int64_t kLatest = 1;
inline constexpr std::int64_t kFirst = 2;
inline constexpr std::int64_t kRepeat = 4;
inline constexpr std::int64_t kPayload = 8;
inline constexpr std::int64_t kOptimistic = 16;
inline constexpr std::int64_t kEpochTransition = 32;
/// There was an attestation deadline for it.
inline constexpr std::int64_t kJudged = 64;
inline constexpr std::int64_t kLateHead = 128;
inline constexpr std::int64_t kPolledHead = 256;
inline constexpr std::int64_t kPayloadKnown = 512;
inline constexpr std::int64_t kPayloadFull = 1024;
/// The node was not believed when it reported it.
inline constexpr std::int64_t kUnbelieved = 2048;
/// Three bits: updates::HeadTimeliness.
inline constexpr int kTimelinessShift = 12;
/// Two bits: updates::TopicSet.
inline constexpr int kTopicSetShift = 15;

/// Of a head that a node reported while its stream asked for `topics`.
[[nodiscard]] std::int64_t head_flags(const updates::NodeHead& head, updates::TopicSet topics,
                                      bool is_unbelieved);

[[nodiscard]] constexpr updates::HeadTimeliness timeliness_of(std::int64_t flags) {
    return static_cast<updates::HeadTimeliness>((flags >> kTimelinessShift) & 7);
}

/// Whether it counts in the summary once its block is proven: the node's first live report of a
/// root and payload status, by stream.
[[nodiscard]] constexpr bool is_timed(std::int64_t flags) {
    return (flags & (kRepeat | kPolledHead | kUnbelieved)) == 0 &&
           timeliness_of(flags) == updates::HeadTimeliness::kLive;
}

}  // namespace history
