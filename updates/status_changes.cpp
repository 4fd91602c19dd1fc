#include "updates/status_changes.hpp"

#include <utility>
#include <variant>

namespace updates {
namespace {

/// The status without what moves on by itself.
NodeStatus without_times(NodeStatus status) {
    status.last_byte.reset();
    status.last_head.reset();
    status.retry_at.reset();
    status.rest_retry_after.reset();
    if (status.syncing) {
        status.syncing->head_slot = {};
    }
    return status;
}

}  // namespace

bool StatusChanges::is_news(const Update& update) {
    if (std::holds_alternative<RunStarted>(update.fact)) {
        // Nodes that are no longer followed are forgotten.
        told_.clear();
        return true;
    }
    const auto* const status = std::get_if<NodeStatus>(&update.fact);
    if (status == nullptr) {
        return true;
    }
    Told now{without_times(*status), update.at.mono};
    const auto [before, is_first] = told_.try_emplace(status->node, now);
    if (is_first) {
        return true;
    }
    if (before->second.status == now.status && now.at - before->second.at < kAgain) {
        return false;
    }
    before->second = std::move(now);
    return true;
}

}  // namespace updates
