#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "updates/chain_facts.hpp"
#include "updates/update.hpp"

namespace metrics {

// What the labels of bounded sets are made from.

inline constexpr std::array kStreamStates{
    updates::StreamState::kConnecting, updates::StreamState::kWaiting, updates::StreamState::kOpen,
    updates::StreamState::kEnded};

inline constexpr std::array kNetworkChecks{
    updates::NetworkCheck::kUnchecked, updates::NetworkCheck::kMatch,
    updates::NetworkCheck::kMismatch, updates::NetworkCheck::kDisputed,
    updates::NetworkCheck::kOff};

inline constexpr std::array kBreakerStates{
    updates::BreakerState::kClosed, updates::BreakerState::kOpen, updates::BreakerState::kHalfOpen,
    updates::BreakerState::kRetryAfter};

inline constexpr std::array kTopicSets{updates::TopicSet::kHeadV2Full, updates::TopicSet::kHeadFull,
                                       updates::TopicSet::kHeadOnly};

inline constexpr std::array kVerdicts{updates::Verdict::kOnTime, updates::Verdict::kLate,
                                      updates::Verdict::kMissed, updates::Verdict::kOptimistic,
                                      updates::Verdict::kUnknown};

inline constexpr std::array kCertainties{
    updates::Certainty::kUnconfirmed, updates::Certainty::kConfirmed, updates::Certainty::kRefuted};

inline constexpr std::array kClockLevels{updates::ClockSkew::Level::kNone,
                                         updates::ClockSkew::Level::kSkewed,
                                         updates::ClockSkew::Level::kVerdictsSuspended};

/// Why a run of the monitor was followed by another one.
enum class RestartReason : std::uint8_t {
    /// The operator changed the list of nodes.
    kListChanged,
    /// No node had a stream for five retry cycles in a row.
    kGaveUp,
    /// It did not pass its health check, or did not end when told to.
    kUnhealthy,
    /// Anything else that ended it.
    kFailed,
};
inline constexpr std::array kRestartReasons{RestartReason::kListChanged, RestartReason::kGaveUp,
                                            RestartReason::kUnhealthy, RestartReason::kFailed};
[[nodiscard]] std::string_view to_string(RestartReason reason);

/// What a head came by: a topic of the stream, or a question by REST.
enum class HeadTopic : std::uint8_t { kHeadV2, kHead, kNone };
inline constexpr std::array kHeadTopics{HeadTopic::kHeadV2, HeadTopic::kHead, HeadTopic::kNone};
[[nodiscard]] std::string_view to_string(HeadTopic topic);

/// How many blocks a reorg dropped.
inline constexpr std::array<std::string_view, 5> kReorgDepths{"0", "1", "2", "3", "4+"};

/// Who reported a reorg: a node's `chain_reorg`, or the best head that moved to another branch.
inline constexpr std::array<std::string_view, 2> kReorgSources{"node", "best_head"};

/// How a service's run can end. What its parent ends is not started again.
inline constexpr std::array kServiceEnds{
    updates::ServiceEndReason::kCompleted, updates::ServiceEndReason::kFailed,
    updates::ServiceEndReason::kCancelled, updates::ServiceEndReason::kUnhealthy,
    updates::ServiceEndReason::kTimeout};

/// Limits of an HTTP server that a client can meet, as `http::LimitsMet` counts them.
inline constexpr std::array<std::string_view, 14> kServerLimits{
    "connections",  "made_room",  "header_bytes", "body_bytes",  "idle_time",
    "request_time", "write_time", "streams",      "lost_events", "host",
    "answer_bytes", "token",      "changes",      "names"};

}  // namespace metrics
