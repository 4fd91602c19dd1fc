#include "logging/status_log.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <utility>

namespace logging {
namespace {

using updates::NodeIssue;
using updates::NodeStatus;
using updates::RestQuestion;
using updates::UnansweredQuestion;

/// How an issue is logged.
struct Words {
    NodeIssue issue;
    LogLevel begin_level;
    const char* begin;
    const char* end;
    /// The question whose answer is missing.
    std::optional<RestQuestion> question{};
};

constexpr std::array kWords{
    Words{NodeIssue::kWrongNetwork, LogLevel::kWarning, "node on another network",
          "node on our network again"},
    Words{NodeIssue::kNetworkDisputed, LogLevel::kWarning, "network disputed",
          "network no longer disputed"},
    Words{NodeIssue::kUncheckedNetwork, LogLevel::kWarning, "network cannot be checked",
          "network checked"},
    Words{NodeIssue::kSyncing, LogLevel::kWarning, "node syncing", "node in sync"},
    Words{NodeIssue::kElOffline, LogLevel::kWarning, "execution client offline",
          "execution client online"},
    // Some are at each start; an execution client that is gone has its own line.
    Words{NodeIssue::kOptimistic, LogLevel::kDebug, "head not verified", "head verified"},
    Words{NodeIssue::kLagging, LogLevel::kWarning, "node lags behind the others",
          "node no longer lags"},
    Words{NodeIssue::kBuffered, LogLevel::kWarning, "stream buffered by a proxy",
          "stream no longer buffered"},
    Words{NodeIssue::kRestDown, LogLevel::kInfo, "REST API down", "REST API up",
          RestQuestion::kSyncing},
    Words{NodeIssue::kGenesisUnknown, LogLevel::kWarning, "network not confirmed",
          "network confirmed", RestQuestion::kGenesis},
    Words{NodeIssue::kSpecUnknown, LogLevel::kWarning, "spec unknown", "spec known",
          RestQuestion::kSpec},
    Words{NodeIssue::kVersionUnknown, LogLevel::kWarning, "version unknown", "version known",
          RestQuestion::kVersion},
    Words{NodeIssue::kSyncUnknown, LogLevel::kWarning, "sync state unknown", "sync state known",
          RestQuestion::kSyncing},
    Words{NodeIssue::kHeadUnknown, LogLevel::kWarning, "REST head unknown", "REST head known",
          RestQuestion::kHead},
    Words{NodeIssue::kHeaderUnknown, LogLevel::kWarning, "headers unknown", "headers known",
          RestQuestion::kHeader},
    Words{NodeIssue::kUnproven, LogLevel::kWarning, "heads not proven", "heads proven"},
    Words{NodeIssue::kHeadOld, LogLevel::kWarning, "head old", "head no longer old"},
    Words{NodeIssue::kNodeClockOff, LogLevel::kWarning, "node's clock off", "node's clock right"},
};

const UnansweredQuestion* find(const NodeStatus& status, RestQuestion question) {
    const auto found =
        std::find_if(status.unanswered.begin(), status.unanswered.end(),
                     [&](const UnansweredQuestion& one) { return one.question == question; });
    return found == status.unanswered.end() ? nullptr : &*found;
}

/// What is missing while the issue lasts; null where no question is overdue.
const UnansweredQuestion* find_missing(const Words& words, const NodeStatus& status) {
    if (words.issue == NodeIssue::kUncheckedNetwork) {
        const auto* const genesis = find(status, RestQuestion::kGenesis);
        return genesis != nullptr ? genesis : find(status, RestQuestion::kSpec);
    }
    return words.question ? find(status, *words.question) : nullptr;
}

/// Whether the status says yes or no; nothing is logged on what is not known.
std::optional<bool> answer(const Words& words, const NodeStatus& status,
                           updates::NodeIssues issues) {
    const bool has = has_issue(issues, words.issue);
    switch (words.issue) {
        case NodeIssue::kWrongNetwork:
        case NodeIssue::kNetworkDisputed:
            return status.network_check == updates::NetworkCheck::kUnchecked ? std::nullopt
                                                                             : std::optional{has};
        case NodeIssue::kUncheckedNetwork:
            // Until the question is overdue it is only new.
            return has && find_missing(words, status) == nullptr ? std::nullopt
                                                                 : std::optional{has};
        case NodeIssue::kSyncing:
        case NodeIssue::kElOffline:
        case NodeIssue::kOptimistic:
            return has || (status.syncing && status.is_sync_current) ? std::optional{has}
                                                                     : std::nullopt;
        default:
            return has;
    }
}

/// 3, 6, 12, 24, … slots.
bool is_doubled(std::uint32_t slots) {
    constexpr std::uint32_t kFirst = 3;
    return slots % kFirst == 0 && std::has_single_bit(slots / kFirst);
}

}  // namespace

/// Writes the lines of one status.
class StatusLog::Lines {
  public:
    Lines(const NodeStatus& status, Node& known, base::Duration slot, base::MonoTime at)
        : status_{status},
          known_{known},
          issues_{updates::find_issues(status)},
          slot_{slot},
          at_{at} {}

    std::vector<LogLine> write() {
        for (const Words& words : kWords) {
            const auto has = answer(words, status_, issues_);
            Issue& issue = known_.issues[static_cast<std::size_t>(words.issue)];
            if (!has) {
                continue;
            }
            if (!*has) {
                end(words, issue);
            } else if (!issue.backoff.is_bad_written()) {
                begin(words, issue);
            } else {
                go_on(words, issue);
            }
        }
        write_network();
        write_stream();
        return std::move(out_);
    }

  private:
    void add(LogLevel level, std::string message, std::vector<LogField> fields = {}) {
        fields.insert(fields.begin(), LogField{"node", status_.node.name()});
        out_.push_back(LogLine{level, std::move(message), std::move(fields)});
    }

    void begin(const Words& words, Issue& issue) {
        if (!issue.backoff.failed(at_, slot_)) {
            return;
        }
        issue.level = level_of(words);
        if (const UnansweredQuestion* const missing = find_missing(words, status_)) {
            issue.told_slots = missing->slots;
        }
        add(issue.level, words.begin, fields_of(words, issue.level));
    }

    void end(const Words& words, Issue& issue) {
        if (issue.backoff.well(at_)) {
            add(std::min(issue.level, LogLevel::kInfo), words.end);
        }
    }

    void go_on(const Words& words, Issue& issue) {
        const UnansweredQuestion* const missing = find_missing(words, status_);
        if (words.issue != NodeIssue::kUncheckedNetwork || missing == nullptr ||
            !is_doubled(missing->slots) || missing->slots == issue.told_slots) {
            return;
        }
        issue.told_slots = missing->slots;
        issue.level = level_of(words);
        add(issue.level, words.begin, fields_of(words, issue.level));
    }

    [[nodiscard]] LogLevel level_of(const Words& words) const {
        // Of a node whose stream is down as well, the lost stream tells all.
        const bool is_rest = words.question || words.issue == NodeIssue::kUncheckedNetwork;
        const bool has_stream = status_.state == updates::StreamState::kOpen ||
                                status_.state == updates::StreamState::kWaiting;
        return is_rest && !has_stream ? LogLevel::kDebug : words.begin_level;
    }

    [[nodiscard]] std::vector<LogField> fields_of(const Words& words, LogLevel level) const {
        std::vector<LogField> fields;
        const bool is_of_network =
            words.issue == NodeIssue::kWrongNetwork || words.issue == NodeIssue::kNetworkDisputed;
        if (is_of_network && !status_.network.empty()) {
            fields.push_back(LogField{"network", status_.network});
        }
        if (words.issue == NodeIssue::kSyncing && status_.syncing) {
            fields.push_back(LogField{"slots_behind", status_.syncing->sync_distance});
        }
        if (const UnansweredQuestion* const missing = find_missing(words, status_)) {
            fields.push_back(LogField{"path", std::string{path_of(missing->question)}});
            fields.push_back(LogField{"answer", missing->reason});
            fields.push_back(LogField{"slots", std::uint64_t{missing->slots}});
        }
        if (level >= LogLevel::kWarning) {
            fields.push_back(LogField{"advice", std::string{updates::advice(words.issue)}});
        }
        return fields;
    }

    void write_network() {
        const auto check = std::exchange(known_.check, status_.network_check);
        if (check != status_.network_check &&
            status_.network_check == updates::NetworkCheck::kOff) {
            add(LogLevel::kInfo, "network not checked: its heads count as the config says");
        }
        if (known_.odd_spec_members != status_.odd_spec_members) {
            known_.odd_spec_members = status_.odd_spec_members;
            if (!status_.odd_spec_members.empty()) {
                add(LogLevel::kWarning, "members of the spec left out",
                    {LogField{"members", status_.odd_spec_members}});
            }
        }
    }

    void write_stream() {
        if (is_wait_news()) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(status_.retry_at->mono - at_);
            add(LogLevel::kInfo, "stream waits: the node sent Retry-After",
                {LogField{"wait_ms", std::int64_t{left.count()}}});
        }
        if (const auto events = more(known_.ignored, status_.ignored)) {
            add(LogLevel::kWarning, "events ignored that nobody asked for",
                {LogField{"events", *events},
                 LogField{"last_type", std::string{status_.last_ignored}}});
        }
        if (const auto events = more(known_.malformed, status_.malformed)) {
            add(LogLevel::kWarning, "events cannot be decoded: their topics are left out",
                {LogField{"events", *events}});
        }
    }

    /// The node keeps its stream from being opened: when that is news, and is to be logged.
    [[nodiscard]] bool is_wait_news() {
        const auto before = std::exchange(known_.retry_at, status_.retry_at);
        if (!status_.retry_at) {
            if (status_.state == updates::StreamState::kOpen) {
                (void)known_.waits.well(at_);
            }
            return false;
        }
        return before != status_.retry_at && known_.waits.failed(at_, slot_);
    }

    /// How many more there are than were logged, when that is to be logged.
    [[nodiscard]] std::optional<std::uint64_t> more(Count& count, std::uint64_t now) const {
        if (now <= count.logged) {
            (void)count.backoff.well(at_);
            return std::nullopt;
        }
        if (!count.backoff.failed(at_, slot_)) {
            return std::nullopt;
        }
        return now - std::exchange(count.logged, now);
    }

    const NodeStatus& status_;
    Node& known_;
    updates::NodeIssues issues_;
    base::Duration slot_;
    base::MonoTime at_;
    std::vector<LogLine> out_;
};

std::vector<LogLine> StatusLog::lines(const NodeStatus& status, base::MonoTime at) {
    return Lines{status, nodes_[status.node], slot_, at}.write();
}

void StatusLog::keep(const std::vector<updates::NodeId>& nodes) {
    erase_if(nodes_, [&](const auto& entry) {
        return std::find(nodes.begin(), nodes.end(), entry.first) == nodes.end();
    });
}

}  // namespace logging
