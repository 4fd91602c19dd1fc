#include "api/agent_check.hpp"

#include <algorithm>

#include "updates/node_health.hpp"

namespace api {
namespace {

/// "syncing,behind": the issues of this severity.
std::string names_of(updates::NodeIssues issues, updates::NodeHealth wanted) {
    std::string names;
    for (const updates::NodeIssue issue : updates::kNodeIssues) {
        if (has_issue(issues, issue) && severity(issue) == wanted) {
            names.append(names.empty() ? "" : ",").append(to_string(issue));
        }
    }
    return names;
}

}  // namespace

std::string agent_answer(const NodeBoard& board, std::string_view name, base::MonoTime now) {
    if (board.is_stopped(now)) {
        return {};
    }
    const auto& nodes = board.snapshot().nodes;
    const auto node = std::find_if(nodes.begin(), nodes.end(),
                                   [&](const auto& entry) { return entry.first.name() == name; });
    if (node == nodes.end()) {
        return "down #unknown_node\n";
    }
    const updates::NodeIssues issues = board.counted_issues(node->second, now);
    const updates::NodeHealth health = updates::assess(issues);
    if (health == updates::NodeHealth::kUnusable) {
        return "down #" + names_of(issues, health) + "\n";
    }
    // At a start nothing speaks against any node yet: HAProxy keeps what it had.
    if (!board.snapshot().best) {
        return {};
    }
    if (const auto reasons = board.find_unready(node->second, now); !reasons.empty()) {
        return "drain #" + std::string{to_string(reasons.front())} + "\n";
    }
    // The best node is up whatever it has: there is no better one.
    const auto& best = board.best_node();
    if (best && best->node == node->first) {
        return "ready up 100%\n";
    }
    if (health == updates::NodeHealth::kDegraded) {
        return "drain #" + names_of(issues, health) + "\n";
    }
    return "ready up 1%\n";
}

}  // namespace api
