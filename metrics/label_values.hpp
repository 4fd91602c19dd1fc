#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "monitor/network_guard.hpp"
#include "monitor/slot_facts.hpp"
#include "monitor/topic_forms.hpp"
#include "monitor/update.hpp"

namespace metrics {

// What the labels of bounded sets are made from.

inline constexpr std::array kStreamStates{
    monitor::StreamState::kConnecting, monitor::StreamState::kWaiting, monitor::StreamState::kOpen,
    monitor::StreamState::kEnded};

inline constexpr std::array kStandings{monitor::NetworkGuard::Standing::kUnchecked,
                                       monitor::NetworkGuard::Standing::kPassed,
                                       monitor::NetworkGuard::Standing::kWrong};

inline constexpr std::array kTopicForms{monitor::TopicForm::kHeadV2, monitor::TopicForm::kHead,
                                        monitor::TopicForm::kHeadOnly};

inline constexpr std::array kVerdicts{monitor::Verdict::kSeen, monitor::Verdict::kLate,
                                      monitor::Verdict::kMissed, monitor::Verdict::kOptimistic,
                                      monitor::Verdict::kUnknown};

inline constexpr std::array kCertainties{
    monitor::Certainty::kUnconfirmed, monitor::Certainty::kConfirmed, monitor::Certainty::kRefuted};

inline constexpr std::array kClockLevels{monitor::ClockDoubt::Level::kNone,
                                         monitor::ClockDoubt::Level::kOff,
                                         monitor::ClockDoubt::Level::kVerdictsRest};

/// Why a run of the monitor was followed by another one.
enum class Restart : std::uint8_t {
    /// The operator changed the list of nodes.
    kListChanged,
    /// No node had a stream for five retry cycles in a row.
    kGaveUp,
    /// It did not pass its health check, or did not end when told to.
    kUnhealthy,
    /// Anything else that ended it.
    kFailed,
};
inline constexpr std::array kRestartReasons{Restart::kListChanged, Restart::kGaveUp,
                                            Restart::kUnhealthy, Restart::kFailed};
[[nodiscard]] std::string_view to_string(Restart reason);

/// What a head came by: a topic of the stream, or a question by REST.
enum class HeadTopic : std::uint8_t { kHeadV2, kHead, kNone };
inline constexpr std::array kHeadTopics{HeadTopic::kHeadV2, HeadTopic::kHead, HeadTopic::kNone};
[[nodiscard]] std::string_view to_string(HeadTopic topic);

/// How many blocks a reorg dropped.
inline constexpr std::array<std::string_view, 5> kReorgDepths{"0", "1", "2", "3", "4+"};

/// Who told a reorg: a node's `chain_reorg`, or the best head that moved to another branch.
inline constexpr std::array<std::string_view, 2> kReorgSources{"node", "best_head"};

/// How a service's run can end before it is started again, as `ServiceEnded::end` has it.
inline constexpr std::array<std::string_view, 4> kServiceEnds{"completed", "failed", "unhealthy",
                                                              "timeout"};

/// Limits of an HTTP server that a client can meet, as `http::LimitsMet` counts them.
inline constexpr std::array<std::string_view, 7> kServerLimits{
    "connections", "made_room",    "header_bytes", "body_bytes",
    "idle_time",   "request_time", "write_time"};

}  // namespace metrics
