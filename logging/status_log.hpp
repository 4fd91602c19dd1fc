#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
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
/// while nothing changes, and fewer where it comes and goes, as LineBackoff has it; a question that
/// stays unanswered after 3, 6, 12, … slots; and one for events that could not be used. Issues that
/// have updates of their own (a lost stream, a head behind the others) have their lines there and
/// none here. Keeps what it knows by node, over runs. Pure state; not thread-safe.
class StatusLog {
  public:
    void set_slot_duration(base::Duration slot) { slot_ = slot; }

    [[nodiscard]] std::vector<LogLine> lines(const updates::NodeStatus& status, base::MonoTime at);

    /// The nodes of a new run: others are forgotten.
    void keep(const std::vector<updates::NodeId>& nodes);
    /// Another node answers to this name.
    void forget(updates::NodeId node) { nodes_.erase(node); }

  private:
    struct Issue {
        LineBackoff backoff;
        /// Of the line with which it began.
        LogLevel level = LogLevel::kDebug;
        /// For how many slots a question was open when it was logged last.
        std::uint32_t told_slots = 0;
    };
    /// Events that could not be used.
    struct Count {
        LineBackoff backoff;
        std::uint64_t logged = 0;
    };
    struct Node {
        std::array<Issue, updates::kNodeIssues.size()> issues;
        /// `Retry-After` of its event stream, as it was logged last.
        LineBackoff waits;
        std::optional<base::Instant> retry_at;
        Count ignored;
        Count malformed;
        updates::NetworkCheck check = updates::NetworkCheck::kUnchecked;
        std::string odd_spec_members;
    };
    class Lines;

    updates::NodeMap<Node> nodes_;
    base::Duration slot_ = chain::kDefaultSlotDuration;
};

}  // namespace logging
