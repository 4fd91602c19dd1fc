#include "updates/node_health.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace updates {
namespace {

struct Row {
    NodeIssue issue;
    std::string_view name;
    NodeHealth severity;
    std::string_view label;
    std::string_view summary;
    std::string_view advice;
};

using enum NodeIssue;
constexpr auto kDegrades = NodeHealth::kDegraded;
constexpr auto kSpoils = NodeHealth::kUnusable;

/// In the order of the enumerators.
constexpr std::array<Row, kNodeIssues.size()> kTable{{
    {kNoStream, "no_stream", kSpoils, "no stream", "has no event stream",
     "see the reason in headmon's log: where the node answers, its own log, and any proxy before "
     "it; where nothing answers, that it runs, that its URL is right and its HTTP API on"},
    {kSilent, "silent", kSpoils, "silent", "sends nothing on its event stream",
     "see the node's own log, and whether a proxy or firewall in between drops quiet connections"},
    {kStalled, "stalled", kSpoils, "stalled",
     "moves on by REST and sends no heads on its event stream",
     "restart the node, or the proxy in front of it: its event stream is stuck"},
    {kWrongNetwork, "wrong_network", kSpoils, "wrong network", "is on another network",
     "it is on another chain than the other nodes or the config: check its URL and its own network "
     "option; if it is right and the others are wrong, set network in headmon's config"},
    {kUncheckedNetwork, "unchecked_network", kSpoils, "network unchecked",
     "has not answered which network it is on",
     "its heads wait until /eth/v1/beacon/genesis and /eth/v1/config/spec answer; see that no "
     "proxy "
     "hides them"},
    {kSyncing, "syncing", kSpoils, "syncing", "is syncing",
     "its heads do not count until it has caught up; let no validator use it alone"},
    {kElOffline, "el_offline", kDegrades, "EL offline", "execution client offline",
     "its execution client does not answer it: see that it runs, and that engine port and JWT "
     "secret are right"},
    {kOptimistic, "optimistic", kSpoils, "optimistic", "has not verified its head",
     "no validator can attest with it until its execution client has verified the payloads: see "
     "that the execution client is in sync"},
    {kBehind, "behind", kDegrades, "behind", "is behind the other nodes",
     "see its peers and its load: others have had a newer block for more than a sixth of a slot"},
    {kBuffered, "buffered", kDegrades, "buffered", "stream buffered by a proxy",
     "a proxy holds events back; in nginx set for this path: proxy_buffering off; proxy_cache off; "
     "proxy_http_version 1.1; proxy_read_timeout 1h;"},
    {kRestDown, "rest_down", kDegrades, "REST down", "REST API does not answer",
     "its stream is followed, but its state is not known: see the node's own log and whether its "
     "HTTP API is overloaded"},
}};

const Row& row(NodeIssue issue) {
    const Row& found = kTable[static_cast<std::size_t>(issue)];
    assert(found.issue == issue);
    return found;
}

}  // namespace

std::string_view to_string(NodeIssue issue) {
    return row(issue).name;
}

std::string_view to_string(NodeHealth health) {
    switch (health) {
        case NodeHealth::kGood:
            return "good";
        case NodeHealth::kDegraded:
            return "degraded";
        case NodeHealth::kUnusable:
            return "unusable";
    }
    assert(false);
    return "unknown";
}

NodeIssues find_issues(const NodeStatus& status) {
    NodeIssues found;
    const auto add = [&](bool is_there, NodeIssue issue) {
        found.set(static_cast<std::size_t>(issue), is_there);
    };
    add(status.state != StreamState::kOpen && status.state != StreamState::kWaiting, kNoStream);
    add(status.is_silent, kSilent);
    add(status.is_stalled, kStalled);
    add(status.network_check == NetworkCheck::kMismatch, kWrongNetwork);
    add(status.network_check == NetworkCheck::kUnchecked, kUncheckedNetwork);
    add(status.syncing && status.syncing->is_syncing, kSyncing);
    add(status.syncing && status.syncing->el_offline, kElOffline);
    add(status.syncing && status.syncing->is_optimistic, kOptimistic);
    add(status.is_behind, kBehind);
    add(status.is_buffered, kBuffered);
    add(status.breaker != BreakerState::kClosed, kRestDown);
    return found;
}

NodeHealth severity(NodeIssue issue) {
    return row(issue).severity;
}

NodeHealth assess(NodeIssues issues) {
    NodeHealth worst = NodeHealth::kGood;
    for (const NodeIssue issue : kNodeIssues) {
        if (has_issue(issues, issue)) {
            worst = std::max(worst, severity(issue));
        }
    }
    return worst;
}

std::string_view label(NodeIssue issue) {
    return row(issue).label;
}

std::string_view summary(NodeIssue issue) {
    return row(issue).summary;
}

std::string_view advice(NodeIssue issue) {
    return row(issue).advice;
}

}  // namespace updates
