#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "logging/log.hpp"
#include "updates/node_health.hpp"
#include "updates/node_map.hpp"
#include "updates/node_status.hpp"

namespace logging {

/// The log lines for the status of a node: one when an issue begins and one when it ends, none
/// while nothing changes. An issue that comes again and again is logged the 1st, 2nd, 4th, 8th, …
/// time, until it has stayed away for a good while; a question that stays unanswered after 3, 6,
/// 12, … slots. Issues that have updates of their own (a lost stream, a buffering proxy, a head
/// behind the others) have their lines there and none here. Keeps what it knows by node, over runs.
/// Pure state; not thread-safe.
class StatusLog {
  public:
    /// An issue that was gone for so long is new when it comes again.
    static constexpr base::Duration kGoodWhile = std::chrono::minutes{10};

    [[nodiscard]] std::vector<LogLine> lines(const updates::NodeStatus& status, base::MonoTime at);

    /// The nodes of a new run: others are forgotten.
    void keep(const std::vector<updates::NodeId>& nodes);
    /// Another node answers to this name.
    void forget(updates::NodeId node) { nodes_.erase(node); }

  private:
    struct Issue {
        bool is_on = false;
        /// Of the line with which it began; nothing when that was left out.
        std::optional<LogLevel> level;
        /// How often it has begun, since it stayed away for a good while.
        std::uint32_t begins = 0;
        base::MonoTime ended_at = base::MonoTime::min();
        /// For how many slots a question was open when it was logged last.
        std::uint32_t told_slots = 0;
    };
    struct Node {
        std::array<Issue, updates::kNodeIssues.size()> issues;
        updates::TopicSet topic_set = updates::TopicSet::kHeadV2Full;
        updates::NetworkCheck check = updates::NetworkCheck::kUnchecked;
        std::string odd_spec_members;
    };
    class Lines;

    updates::NodeMap<Node> nodes_;
};

}  // namespace logging
