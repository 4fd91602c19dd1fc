#include "updates/node_health.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace updates {
namespace {

struct IssueRow {
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
constexpr std::array<IssueRow, kNodeIssues.size()> kTable{{
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
     "its heads wait until /eth/v1/beacon/genesis answers, and /eth/v1/config/spec too where the "
     "network is no public one; see that no proxy hides them, or let its heads count with "
     "network_check = \"off\" in its node table"},
    {kNetworkDisputed, "network_disputed", kSpoils, "network disputed",
     "is on another network than as many other nodes",
     "as many nodes name one chain as another, so that nobody is believed: set network in "
     "headmon's config, or take the nodes of the other chain out of the list"},
    {kSyncing, "syncing", kSpoils, "syncing", "is syncing",
     "its heads do not count until it has caught up; let no validator use it alone"},
    {kElOffline, "el_offline", kDegrades, "EL offline", "finds its execution client offline",
     "its execution client does not answer it: see that it runs, and that engine port and JWT "
     "secret are right"},
    {kOptimistic, "optimistic", kSpoils, "optimistic", "has not verified its head",
     "no validator can attest with it until its execution client has verified the payloads: see "
     "that the execution client is in sync"},
    {kBehind, "behind", kDegrades, "behind", "is behind the other nodes",
     "see its peers and its load: others have had a newer block for more than a sixth of a slot"},
    {kLagging, "lagging", kDegrades, "lagging", "reports heads later than the other nodes",
     "see its peers, its load and the way to it: in most slots another node had the head more than "
     "a sixth of a slot before"},
    {kBuffered, "buffered", kDegrades, "buffered", "has its stream buffered by a proxy",
     "a proxy holds events back; in nginx set for this path: proxy_buffering off; proxy_cache off; "
     "proxy_http_version 1.1; proxy_read_timeout 1h;"},
    {kRestDown, "rest_down", kDegrades, "REST down", "REST API does not answer",
     "its stream is followed, but its state is not known: see the node's own log and whether its "
     "HTTP API is overloaded"},
    {kGenesisUnknown, "genesis_unknown", kDegrades, "genesis unknown",
     "has not confirmed its network since its stream was opened",
     "it is taken to be on the chain that it was on: see that no proxy hides "
     "/eth/v1/beacon/genesis"},
    {kSpecUnknown, "spec_unknown", kDegrades, "spec unknown", "does not give its spec",
     "the other nodes' spec counts, or mainnet's where none gives one: see that no proxy hides "
     "/eth/v1/config/spec"},
    {kVersionUnknown, "version_unknown", kDegrades, "version unknown", "does not give its version",
     "its stream may be quiet for three slots before it is called silent: see that no proxy hides "
     "/eth/v1/node/version"},
    {kSyncUnknown, "sync_unknown", kDegrades, "sync unknown", "does not say whether it is in sync",
     "its heads count as if it were: see that no proxy hides /eth/v1/node/syncing"},
    {kHeadUnknown, "head_unknown", kDegrades, "REST head unknown", "does not give its head by REST",
     "whether its stream has stalled cannot be seen: see that no proxy hides "
     "/eth/v1/beacon/headers/head"},
    {kHeaderUnknown, "header_unknown", kDegrades, "headers unknown",
     "does not give the headers of blocks that it reported",
     "its reports cannot be proved by its own headers: see that no proxy hides "
     "/eth/v1/beacon/headers"},
    {kUnproven, "unproven", kSpoils, "unproven", "reports heads that nothing proves",
     "no other node has the blocks that it reports: it is alone on a branch, or what answers at "
     "its "
     "URL is not a sound beacon node; compare its head with a block explorer"},
    {kHeadOld, "head_old", kDegrades, "head old",
     "has an old head and does not say that it is syncing",
     "see the node's peers and log; where all nodes have it, the chain itself may have gaps"},
    {kNodeClockOff, "node_clock_off", kDegrades, "clock off", "has a clock that is off",
     "it takes blocks too early or too late: set the clock of its machine right, with chrony or "
     "systemd-timesyncd"},
}};

/// The REST API as a whole gives nothing, however it fails.
bool is_rest_down(const NodeStatus& status) {
    const auto is_open = [&](RestQuestion question) {
        return std::any_of(status.unanswered.begin(), status.unanswered.end(),
                           [&](const UnansweredQuestion& one) { return one.question == question; });
    };
    return status.breaker == BreakerState::kOpen || status.breaker == BreakerState::kHalfOpen ||
           (is_open(RestQuestion::kVersion) && is_open(RestQuestion::kSyncing) &&
            is_open(RestQuestion::kHead));
}

NodeIssue issue_of(RestQuestion question) {
    switch (question) {
        case RestQuestion::kGenesis:
            return kGenesisUnknown;
        case RestQuestion::kSpec:
            return kSpecUnknown;
        case RestQuestion::kVersion:
            return kVersionUnknown;
        case RestQuestion::kSyncing:
            return kSyncUnknown;
        case RestQuestion::kHead:
            return kHeadUnknown;
        case RestQuestion::kHeader:
            return kHeaderUnknown;
    }
    assert(false);
    return kRestDown;
}

const IssueRow& row(NodeIssue issue) {
    const IssueRow& found = kTable[static_cast<std::size_t>(issue)];
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
    add(status.network_check == NetworkCheck::kDisputed, kNetworkDisputed);
    add(status.syncing && status.syncing->is_syncing, kSyncing);
    add(status.syncing && status.syncing->el_offline, kElOffline);
    // Either may be the first to say so, and each takes back its own word.
    add((status.syncing && status.syncing->is_optimistic) || status.is_head_optimistic == true,
        kOptimistic);
    add(status.is_behind, kBehind);
    add(status.is_lagging, kLagging);
    add(status.is_buffered, kBuffered);
    add(is_rest_down(status), kRestDown);
    if (!is_rest_down(status)) {
        for (const UnansweredQuestion& one : status.unanswered) {
            // Of a node whose heads wait, or count unchecked, the network says all.
            const bool is_of_network =
                one.question == RestQuestion::kGenesis || one.question == RestQuestion::kSpec;
            const bool is_covered = status.network_check == NetworkCheck::kUnchecked ||
                                    status.network_check == NetworkCheck::kOff;
            add(!is_of_network || !is_covered, issue_of(one.question));
        }
    }
    add(status.is_unproven, kUnproven);
    add(status.is_head_old, kHeadOld);
    add(status.is_clock_off, kNodeClockOff);
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
