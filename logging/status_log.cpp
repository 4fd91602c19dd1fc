#include "logging/status_log.hpp"

#include <algorithm>
#include <array>
#include <chrono>
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
    Words{NodeIssue::kLagging, LogLevel::kWarning, "node lags behind the others",
          "node no longer lags"},
    Words{NodeIssue::kBuffered, LogLevel::kWarning, "stream buffered by a proxy",
          "stream no longer buffered"},
    Words{NodeIssue::kRestDown, LogLevel::kInfo, "REST API down", "REST API up"},
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

std::vector<LogLine> StatusLog::lines(const NodeStatus& status, base::Instant at) {
    std::vector<LogLine> out;
    Node& known = nodes_[status.node];
    const auto add = [&](LogLevel level, std::string message, std::vector<LogField> fields) {
        fields.insert(fields.begin(), LogField{"node", status.node.name()});
        out.push_back(LogLine{level, std::move(message), std::move(fields)});
    };

    const updates::NodeIssues issues = updates::find_issues(status);
    for (const Words& words : kWords) {
        const bool has = has_issue(issues, words.issue);
        LineBackoff& backoff = known.issues[static_cast<std::size_t>(words.issue)];
        if (!is_known(words.issue, status) || (has && backoff.is_bad_written())) {
            continue;
        }
        if (!(has ? backoff.failed(at.mono, slot_) : backoff.well(at.mono))) {
            continue;
        }
        LogLevel level = has ? words.begin_level : std::min(words.begin_level, LogLevel::kInfo);
        if (words.issue == NodeIssue::kRestDown) {
            // Of a node whose stream is down as well, the lost stream says all.
            if (has) {
                const bool is_open = status.state == updates::StreamState::kOpen;
                known.rest_level = is_open ? LogLevel::kInfo : LogLevel::kDebug;
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
    if (is_wait_news(known, status, at)) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(status.retry_at->mono - at.mono);
        add(LogLevel::kInfo, "stream waits: the node sent Retry-After",
            {LogField{"wait_ms", std::int64_t{left.count()}}});
    }
    if (const auto events = more(known.ignored, status.ignored, at)) {
        add(LogLevel::kWarning, "events ignored that nobody asked for",
            {LogField{"events", *events}, LogField{"last_type", std::string{status.last_ignored}}});
    }
    if (const auto events = more(known.malformed, status.malformed, at)) {
        add(LogLevel::kWarning, "events cannot be decoded: their topics are left out",
            {LogField{"events", *events}});
    }
    return out;
}

bool StatusLog::is_wait_news(Node& known, const NodeStatus& status, base::Instant at) const {
    const auto before = std::exchange(known.retry_at, status.retry_at);
    if (!status.retry_at) {
        if (status.state == updates::StreamState::kOpen) {
            (void)known.waits.well(at.mono);
        }
        return false;
    }
    return before != status.retry_at && known.waits.failed(at.mono, slot_);
}

std::optional<std::uint64_t> StatusLog::more(Count& count, std::uint64_t now,
                                             base::Instant at) const {
    if (now <= count.logged) {
        (void)count.backoff.well(at.mono);
        return std::nullopt;
    }
    if (!count.backoff.failed(at.mono, slot_)) {
        return std::nullopt;
    }
    return now - std::exchange(count.logged, now);
}

void StatusLog::keep(const std::vector<updates::NodeId>& nodes) {
    erase_if(nodes_, [&](const auto& entry) {
        return std::find(nodes.begin(), nodes.end(), entry.first) == nodes.end();
    });
}

}  // namespace logging
