#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace metrics {

/// Every metric that headmon has: the table behind `/metrics` and docs/metrics.md.
enum class Metric : std::uint8_t {
    kStreamDisconnections,
    kStreamReconnections,
    kRestarts,

    kStreamState,
    kNodeHealth,
    kNodeIssue,
    kNodeInfo,
    kNodeNetworkCheck,
    kNodeTopicSet,
    kNodeRestBreaker,
    kNodeRestWait,
    kNodeHeadSlot,
    kNodeLastByte,
    kNodeLastHead,
    kNodeSyncDistance,
    kNodeStreamRetry,
    kNodeSplitBranch,
    kHeads,
    kHeadsFirst,
    kHeadsOnTime,
    kHeadsLate,
    kUnreportedSlots,
    kMalformedEvents,
    kIgnoredEvents,
    kDroppedHeads,
    kDroppedEvents,
    kHeadArrivalDelay,
    kHeadLag,

    kBestHeadSlot,
    kGenesisTime,
    kSlotDuration,
    kAttestationDeadline,
    kSlotVerdicts,
    kReorgs,
    kSplitActive,
    kSplitBranches,
    kSplits,

    kConsecutiveFailedCycles,
    kGiveUps,
    kServiceRestarts,
    kServiceHealth,
    kServiceDown,
    kSubscriberQueue,
    kSubscriberDropped,
    kLimitsMet,
    kLoopHandlers,
    kHttpClientWakeUps,
    kHttpClientPausedReads,
    kHttpClientDelayedRequests,
    kLogLinesDropped,
    kRecordingLostEntries,
    kRecordingWrittenBytes,
    kRecordingWriteFailures,
    kRecordingBytes,
    kHistoryBatches,
    kHistoryUpdates,
    kHistoryWriteFailures,
    kHistoryLastWritten,
    kHistoryFileBytes,
    kHistoryRowsDeleted,
    kHistoryRetentionFailures,
    kHistoryReadTimeouts,

    kFleetConnected,
    kFleetPublished,
    kFleetDuplicates,
    kFleetFailures,
    kFleetLost,
    kFleetWaiting,

    kClockSkew,
    kClockOffset,
    kClockUncertainty,
    kClockKernelSynchronised,

    kStartTime,
    kBuildInfo,
};

enum class Type : std::uint8_t { kCounter, kGauge, kHistogram };

/// As Prometheus writes it: "counter".
[[nodiscard]] std::string_view to_string(Type type);

enum class Unit : std::uint8_t { kNone, kSeconds, kSlots };

/// "seconds"; empty for numbers of things.
[[nodiscard]] std::string_view to_string(Unit unit);

/// A label and every value that it can have.
struct Label {
    std::string name;
    /// Empty: `open_values` says what bounds them.
    std::vector<std::string> values;
    std::string open_values;
};

/// Who looks at a metric as shipped.
enum class UsedBy : std::uint8_t {
    /// A panel or an annotation of a dashboard.
    kPanel,
    /// An alert or a recording rule; panels too.
    kRule,
    /// Nobody: it is for debugging headmon itself.
    kDebugging,
};

[[nodiscard]] std::string_view to_string(UsedBy used_by);

struct Definition {
    Metric metric;
    /// The whole name, as Prometheus knows it.
    std::string name;
    Type type;
    Unit unit;
    std::vector<Label> labels;
    /// One line, for a staker.
    std::string help;
    UsedBy used_by;
    /// For kDebugging: which question it answers.
    std::string debugging;
};

inline constexpr std::string_view kPrefix = "vc_head_monitor_";

/// All of them, in the order of the enumerators; built once.
[[nodiscard]] std::span<const Definition> definitions();
[[nodiscard]] const Definition& definition(Metric metric);

/// Upper edges of the buckets in seconds: 0 for heads before their slot's start, dense where votes
/// are won and lost, with the deadlines of today and of Gloas exact, and on to two mainnet slots.
[[nodiscard]] std::span<const double> arrival_delay_edges();
/// Upper edges of the buckets in seconds, 1 ms to 2 s.
[[nodiscard]] std::span<const double> lag_edges();

}  // namespace metrics
