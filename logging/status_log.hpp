#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "chain/spec.hpp"
#include "logging/line_backoff.hpp"
#include "logging/log.hpp"
#include "updates/node_health.hpp"
#include "updates/node_map.hpp"
#include "updates/node_status.hpp"

namespace logging {

/// The log lines for the status of a node: one when an issue begins and one when it ends, none
/// while nothing changes, and fewer where it comes and goes, as LineBackoff has it; and one for
/// events that could not be used. Issues that have updates of their own (a lost stream, a head
/// behind the others) have their lines there and none here. Keeps what it knows by node, over runs.
/// Pure state; not thread-safe.
class StatusLog {
  public:
    void set_slot_duration(base::Duration slot) { slot_ = slot; }

    [[nodiscard]] std::vector<LogLine> lines(const updates::NodeStatus& status, base::Instant at);

    /// The nodes of a new run: others are forgotten.
    void keep(const std::vector<updates::NodeId>& nodes);

  private:
    /// Events that could not be used.
    struct Count {
        LineBackoff backoff;
        std::uint64_t logged = 0;
    };
    struct Node {
        std::array<LineBackoff, updates::kNodeIssues.size()> issues;
        /// Of the line with which `rest_down` began.
        LogLevel rest_level = LogLevel::kDebug;
        /// `Retry-After` of its event stream, as it was logged last.
        LineBackoff waits;
        std::optional<base::Instant> retry_at;
        Count ignored;
        Count malformed;
    };

    /// The node keeps its stream from being opened: when that is news, and is to be logged.
    [[nodiscard]] bool is_wait_news(Node& known, const updates::NodeStatus& status,
                                    base::Instant at) const;
    /// How many more there are than were logged, when that is to be logged.
    [[nodiscard]] std::optional<std::uint64_t> more(Count& count, std::uint64_t now,
                                                    base::Instant at) const;

    updates::NodeMap<Node> nodes_;
    base::Duration slot_ = chain::kDefaultSlotDuration;
};

}  // namespace logging
