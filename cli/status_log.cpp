#include "cli/status_log.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace cli {
namespace {

using monitor::NodeStatus;

/// What to do, for people.
constexpr const char* kWrongNetworkHint =
    "it is on another chain than the other nodes or the config: check its URL and its own network "
    "option; if it is right and the others are wrong, set network in headmon's config";
constexpr const char* kSyncingHint =
    "its heads do not count until it has caught up; let no validator use it alone";
constexpr const char* kOfflineHint =
    "its execution client does not answer it: see that it runs, and that engine port and JWT "
    "secret are right";

}  // namespace

std::vector<LogLine> StatusLog::lines(const NodeStatus& status) {
    std::vector<LogLine> out;
    Node& known = nodes_[status.candidate];
    const auto tell = [&](LogLevel level, const char* message, std::vector<LogField> fields = {}) {
        fields.insert(fields.begin(), LogField{"node", status.candidate.name()});
        out.push_back(LogLine{level, message, std::move(fields)});
    };
    const auto changed = [](bool& before, bool now) { return std::exchange(before, now) != now; };

    using Standing = monitor::NetworkGuard::Standing;
    if (status.network != Standing::kUnchecked &&
        changed(known.is_wrong, status.network == Standing::kWrong)) {
        if (known.is_wrong) {
            tell(LogLevel::kWarning, "node is on another network", {{"hint", kWrongNetworkHint}});
        } else {
            tell(LogLevel::kInfo, "node is on our network again");
        }
    }
    if (status.syncing) {
        if (changed(known.is_syncing, status.syncing->is_syncing)) {
            if (known.is_syncing) {
                tell(LogLevel::kWarning, "node is syncing",
                     {{"slots_behind", status.syncing->sync_distance}, {"hint", kSyncingHint}});
            } else {
                tell(LogLevel::kInfo, "node is synced");
            }
        }
        if (changed(known.el_offline, status.syncing->el_offline)) {
            if (known.el_offline) {
                tell(LogLevel::kWarning, "node has no execution client", {{"hint", kOfflineHint}});
            } else {
                tell(LogLevel::kInfo, "node has its execution client again");
            }
        }
        if (changed(known.is_optimistic, status.syncing->is_optimistic)) {
            // Some are at each start; a client that is gone has its own line.
            tell(LogLevel::kDebug,
                 known.is_optimistic ? "node is optimistic" : "node is optimistic no more");
        }
    }
    if (changed(known.is_left_alone, status.breaker != monitor::CircuitBreaker::State::kClosed)) {
        // Of a node whose stream is down as well, its bad stream tells all.
        if (known.is_left_alone) {
            known.left_alone_level =
                status.state == monitor::StreamState::kOpen ? LogLevel::kInfo : LogLevel::kDebug;
        }
        tell(known.left_alone_level, known.is_left_alone ? "node answers no REST request"
                                                         : "node answers REST requests again");
    }
    if (const auto before = std::exchange(known.topics, status.topics); before != status.topics) {
        const bool is_lower = status.topics > before;
        tell(is_lower ? LogLevel::kInfo : LogLevel::kDebug,
             is_lower ? "node is asked for fewer topics" : "node is asked for more topics",
             {{"topics", std::string{monitor::to_string(status.topics)}}});
    }
    return out;
}

void StatusLog::keep(const std::vector<monitor::CandidateId>& candidates) {
    const auto is_gone = [&](const auto& entry) {
        return std::find(candidates.begin(), candidates.end(), entry.first) == candidates.end();
    };
    std::erase_if(nodes_, is_gone);
}

}  // namespace cli
