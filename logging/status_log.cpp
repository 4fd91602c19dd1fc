#include "logging/status_log.hpp"

#include <algorithm>
#include <bit>
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
    Lines(const NodeStatus& status, Node& known, base::MonoTime at)
        : status_{status}, known_{known}, issues_{updates::find_issues(status)}, at_{at} {}

    std::vector<LogLine> write() {
        for (const Words& words : kWords) {
            const auto has = answer(words, status_, issues_);
            Issue& issue = known_.issues[static_cast<std::size_t>(words.issue)];
            if (has && *has && !issue.is_on) {
                begin(words, issue);
            } else if (has && !*has && issue.is_on) {
                end(words, issue);
            } else if (has && *has) {
                go_on(words, issue);
            }
        }
        write_rest();
        return std::move(out_);
    }

  private:
    void add(LogLevel level, std::string message, std::vector<LogField> fields = {}) {
        fields.insert(fields.begin(), LogField{"node", status_.node.name()});
        out_.push_back(LogLine{level, std::move(message), std::move(fields)});
    }

    void begin(const Words& words, Issue& issue) {
        issue.is_on = true;
        if (issue.ended_at != base::MonoTime::min() && at_ - issue.ended_at >= kGoodWhile) {
            issue.begins = 0;
        }
        const bool is_told = std::has_single_bit(++issue.begins);
        issue.level = is_told ? std::optional{level_of(words)} : std::nullopt;
        if (const UnansweredQuestion* const missing = find_missing(words, status_)) {
            issue.told_slots = missing->slots;
        }
        if (is_told) {
            add(*issue.level, words.begin, fields_of(words, *issue.level));
        }
    }

    void end(const Words& words, Issue& issue) {
        issue.is_on = false;
        issue.ended_at = at_;
        if (issue.level) {
            add(std::min(*issue.level, LogLevel::kInfo), words.end);
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
        add(*issue.level, words.begin, fields_of(words, *issue.level));
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

    void write_rest() {
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
        const auto before = std::exchange(known_.topic_set, status_.topic_set);
        if (before != status_.topic_set) {
            const bool is_lower = status_.topic_set > before;
            add(is_lower ? LogLevel::kInfo : LogLevel::kDebug,
                is_lower ? "node asked for fewer topics" : "node asked for more topics",
                {LogField{"topic_set", std::string{to_string(status_.topic_set)}}});
        }
    }

    const NodeStatus& status_;
    Node& known_;
    updates::NodeIssues issues_;
    base::MonoTime at_;
    std::vector<LogLine> out_;
};

std::vector<LogLine> StatusLog::lines(const NodeStatus& status, base::MonoTime at) {
    return Lines{status, nodes_[status.node], at}.write();
}

void StatusLog::keep(const std::vector<updates::NodeId>& nodes) {
    erase_if(nodes_, [&](const auto& entry) {
        return std::find(nodes.begin(), nodes.end(), entry.first) == nodes.end();
    });
}

}  // namespace logging
