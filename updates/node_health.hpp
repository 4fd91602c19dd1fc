#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

#include "updates/node_status.hpp"

namespace updates {

/// What can be wrong with a node, each on its own. docs/health.md is the table for people.
enum class NodeIssue : std::uint8_t {
    /// No stream, not even one that waits for the node's first byte.
    kNoStream,
    /// No byte for longer than its client keeps quiet.
    kSilent,
    /// Its head moves by REST and its stream gives none.
    kStalled,
    /// On another chain.
    kWrongNetwork,
    /// Which chain it is on is not settled yet: its heads wait.
    kUncheckedNetwork,
    /// As many nodes name its chain as another one.
    kNetworkDisputed,
    kSyncing,
    /// Its execution client is offline.
    kElOffline,
    /// It has not verified the execution payloads of its head.
    kOptimistic,
    /// On an ancestor of another node's head.
    kBehind,
    /// In most slots it reports the head long after the first node.
    kLagging,
    /// Something in between holds its events back.
    kBuffered,
    /// Its REST API does not answer, or none of what is asked in each slot.
    kRestDown,
    // One endpoint does not answer, for longer than the patience.
    /// Its stream was opened anew, and whether it is still on our chain is not known.
    kGenesisUnknown,
    /// Deadlines and forks are assumed, where no other node gives them.
    kSpecUnknown,
    kVersionUnknown,
    kSyncUnknown,
    kHeadUnknown,
    /// The headers of blocks that it reported itself.
    kHeaderUnknown,
    /// What it reports could not be proven for slots: its heads count for nothing.
    kUnproven,
    /// Its own head is slots old, and it does not say that it is syncing.
    kHeadOld,
    /// Its own clock is off.
    kNodeClockOff,
};

inline constexpr std::array kNodeIssues{
    NodeIssue::kNoStream,       NodeIssue::kSilent,           NodeIssue::kStalled,
    NodeIssue::kWrongNetwork,   NodeIssue::kUncheckedNetwork, NodeIssue::kNetworkDisputed,
    NodeIssue::kSyncing,        NodeIssue::kElOffline,        NodeIssue::kOptimistic,
    NodeIssue::kBehind,         NodeIssue::kLagging,          NodeIssue::kBuffered,
    NodeIssue::kRestDown,       NodeIssue::kGenesisUnknown,   NodeIssue::kSpecUnknown,
    NodeIssue::kVersionUnknown, NodeIssue::kSyncUnknown,      NodeIssue::kHeadUnknown,
    NodeIssue::kHeaderUnknown,  NodeIssue::kUnproven,         NodeIssue::kHeadOld,
    NodeIssue::kNodeClockOff};

/// The stable name: "no_stream".
[[nodiscard]] std::string_view to_string(NodeIssue issue);

/// A bit for each issue, by its enumerator.
using NodeIssues = std::bitset<kNodeIssues.size()>;

/// Whether a validator can use a node. From best to worst.
enum class NodeHealth : std::uint8_t {
    kGood = 0,
    /// Its heads count, and something wants attention.
    kDegraded = 1,
    /// A validator should not rely on it.
    kUnusable = 2,
};

/// "good", "degraded", "unusable".
[[nodiscard]] std::string_view to_string(NodeHealth health);

/// The issues that a node's status shows. The one place that decides it: log, table, metrics,
/// `check` and whatever else judges a node ask here.
[[nodiscard]] NodeIssues find_issues(const NodeStatus& status);

/// How bad an issue is by itself.
[[nodiscard]] NodeHealth severity(NodeIssue issue);

/// The health of a node with these issues: that of the worst.
[[nodiscard]] NodeHealth assess(NodeIssues issues);

[[nodiscard]] inline bool has_issue(NodeIssues issues, NodeIssue issue) {
    return issues.test(static_cast<std::size_t>(issue));
}

/// The issue in one or two words, for a column of a table: "EL offline".
[[nodiscard]] std::string_view label(NodeIssue issue);

/// The issue in a few words, as what follows the node's name: "is syncing".
[[nodiscard]] std::string_view summary(NodeIssue issue);

/// What an operator can do about it, one sentence without a full stop.
[[nodiscard]] std::string_view advice(NodeIssue issue);

}  // namespace updates
