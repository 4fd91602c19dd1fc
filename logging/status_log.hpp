#pragma once

#include <vector>

#include "logging/log.hpp"
#include "updates/node_health.hpp"
#include "updates/node_map.hpp"
#include "updates/node_status.hpp"

namespace logging {

/// The log lines for the status of a node: one when an issue begins and one when it ends, none
/// while nothing changes. Issues that have updates of their own (a lost stream, a buffering proxy,
/// a head behind the others) have their lines there and none here. Keeps what it knows by node,
/// over runs. Pure state; not thread-safe.
class StatusLog {
  public:
    [[nodiscard]] std::vector<LogLine> lines(const updates::NodeStatus& status);

    /// The nodes of a new run: others are forgotten.
    void keep(const std::vector<updates::NodeId>& nodes);

  private:
    struct Node {
        updates::NodeIssues issues;
        /// Of the line with which `rest_down` began.
        LogLevel rest_level = LogLevel::kDebug;
        updates::TopicSet topic_set = updates::TopicSet::kHeadV2Full;
    };

    updates::NodeMap<Node> nodes_;
};

}  // namespace logging
