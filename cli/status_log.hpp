#pragma once

#include <map>
#include <vector>

#include "cli/log.hpp"
#include "monitor/candidate.hpp"
#include "monitor/update.hpp"

namespace cli {

/// Which log lines the status of a node is worth: one for each change of its standing, none while
/// it stays. What the stream's end, a doubt of its proxy or a head behind the others tells has
/// lines of its own and gives none here. Keeps what it knows by the name of the node, over runs.
/// Pure state; not thread-safe.
class StatusLog {
  public:
    [[nodiscard]] std::vector<LogLine> lines(const monitor::NodeStatus& status);
    /// The nodes of a new run: others are forgotten.
    void keep(const std::vector<monitor::CandidateId>& candidates);

  private:
    struct Node {
        bool is_wrong = false;
        bool is_syncing = false;
        bool is_optimistic = false;
        bool el_offline = false;
        bool is_left_alone = false;
        LogLevel left_alone_level = LogLevel::kDebug;
        monitor::TopicForm topics = monitor::TopicForm::kHeadV2;
    };

    std::map<monitor::CandidateId, Node> nodes_;
};

}  // namespace cli
