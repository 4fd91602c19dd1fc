#include "logging/status_log.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "updates/node_status.hpp"

namespace logging {
namespace {

using updates::NodeIssue;
using updates::NodeStatus;

/// How an issue is logged.
struct Words {
    NodeIssue issue;
    LogLevel begin_level;
    const char* begin;
    const char* end;
};

constexpr std::array kWords{
    Words{NodeIssue::kWrongNetwork, LogLevel::kWarning, "node on another network",
          "node on our network again"},
    Words{NodeIssue::kSyncing, LogLevel::kWarning, "node syncing", "node in sync"},
    Words{NodeIssue::kElOffline, LogLevel::kWarning, "execution client offline",
          "execution client online"},
    // Some are at each start; an execution client that is gone has its own line.
    Words{NodeIssue::kOptimistic, LogLevel::kDebug, "head not verified", "head verified"},
    Words{NodeIssue::kRestDown, LogLevel::kInfo, "REST API down", "REST API up"},
    Words{NodeIssue::kUnproven, LogLevel::kWarning, "heads not proven", "heads proven"},
    Words{NodeIssue::kHeadOld, LogLevel::kWarning, "head old", "head no longer old"},
};

/// Whether the status answers the question; nothing is logged on what is not known.
bool is_known(NodeIssue issue, const NodeStatus& status) {
    switch (issue) {
        case NodeIssue::kWrongNetwork:
            return status.network_check != updates::NetworkCheck::kUnchecked;
        case NodeIssue::kSyncing:
        case NodeIssue::kElOffline:
        case NodeIssue::kOptimistic:
            return status.syncing.has_value();
        default:
            return true;
    }
}

}  // namespace

std::vector<LogLine> StatusLog::lines(const NodeStatus& status) {
    std::vector<LogLine> out;
    Node& known = nodes_[status.node];
    const auto add = [&](LogLevel level, std::string message, std::vector<LogField> fields) {
        fields.insert(fields.begin(), LogField{"node", status.node.name()});
        out.push_back(LogLine{level, std::move(message), std::move(fields)});
    };

    const updates::NodeIssues issues = updates::find_issues(status);
    for (const Words& words : kWords) {
        const bool has = has_issue(issues, words.issue);
        if (!is_known(words.issue, status) || has == has_issue(known.issues, words.issue)) {
            continue;
        }
        known.issues.set(static_cast<std::size_t>(words.issue), has);
        LogLevel level = has ? words.begin_level : std::min(words.begin_level, LogLevel::kInfo);
        if (words.issue == NodeIssue::kRestDown) {
            // Of a node whose stream is down as well, the lost stream tells all.
            if (has && status.state != updates::StreamState::kOpen) {
                known.rest_level = LogLevel::kDebug;
            } else if (has) {
                known.rest_level = LogLevel::kInfo;
            }
            level = known.rest_level;
        }
        std::vector<LogField> fields;
        if (has && words.issue == NodeIssue::kSyncing) {
            fields.push_back(LogField{"slots_behind", status.syncing->sync_distance});
        }
        if (has && level >= LogLevel::kWarning) {
            fields.push_back(LogField{"advice", std::string{updates::advice(words.issue)}});
        }
        add(level, has ? words.begin : words.end, std::move(fields));
    }

    const auto before = std::exchange(known.topic_set, status.topic_set);
    if (before != status.topic_set) {
        const bool is_lower = status.topic_set > before;
        add(is_lower ? LogLevel::kInfo : LogLevel::kDebug,
            is_lower ? "node asked for fewer topics" : "node asked for more topics",
            {LogField{"topic_set", std::string{to_string(status.topic_set)}}});
    }
    return out;
}

void StatusLog::keep(const std::vector<updates::NodeId>& nodes) {
    erase_if(nodes_, [&](const auto& entry) {
        return std::find(nodes.begin(), nodes.end(), entry.first) == nodes.end();
    });
}

}  // namespace logging
