#include "monitor/network_guard.hpp"

#include <utility>

#include "monitor/majority.hpp"
#include "updates/node_map.hpp"
#include "updates/node_status.hpp"

namespace monitor {

bool NetworkGuard::may_be_ours(const ChainIdentity& identity) const {
    if (!configured_) {
        return true;
    }
    return identity.genesis_time == configured_->genesis_time &&
           identity.slot_duration == configured_->slot_duration &&
           (!configured_->genesis_validators_root ||
            identity.genesis_validators_root == *configured_->genesis_validators_root);
}

std::optional<ChainIdentity> NetworkGuard::find_winner() const {
    std::vector<ChainIdentity> votes;
    for (const updates::NodeId id : order_) {
        const auto& identity = nodes_.at(id).identity;
        if (identity && may_be_ours(*identity)) {
            votes.push_back(*identity);
        }
    }
    return majority(votes);
}

NetworkGuard::Change NetworkGuard::judge() {
    Change change;
    // With nobody left to speak for it, the chain that was ours stays ours.
    if (auto winner = find_winner(); winner && winner != agreed_) {
        agreed_ = winner;
        change.agreed_changed = true;
    }
    for (updates::NodeId id : order_) {
        Node& node = nodes_.at(id);
        if (!node.identity) {
            continue;
        }
        const updates::NetworkCheck now = node.identity == agreed_
                                              ? updates::NetworkCheck::kMatch
                                              : updates::NetworkCheck::kMismatch;
        const updates::NetworkCheck before = std::exchange(node.check, now);
        if (now == before) {
            continue;
        }
        if (now == updates::NetworkCheck::kMismatch) {
            change.rejected.push_back(id);
        } else {
            change.accepted.push_back(id);
            if (node.held) {
                change.released_heads.emplace_back(id, *node.held);
            }
        }
        node.held.reset();
    }
    return change;
}

NetworkGuard::Change NetworkGuard::set_candidates(const std::vector<updates::NodeId>& candidates) {
    updates::NodeMap<Node> kept;
    for (updates::NodeId id : candidates) {
        const auto known = nodes_.find(id);
        kept[id] = known == nodes_.end() ? Node{} : known->second;
    }
    order_ = candidates;
    nodes_ = std::move(kept);
    return judge();
}

void NetworkGuard::opened(updates::NodeId id) {
    if (const auto node = nodes_.find(id); node != nodes_.end()) {
        node->second.check_due = true;
    }
}

bool NetworkGuard::is_check_due(updates::NodeId id) const {
    const auto node = nodes_.find(id);
    return node != nodes_.end() &&
           (node->second.check_due || node->second.check == updates::NetworkCheck::kMismatch);
}

NetworkGuard::Change NetworkGuard::answered(updates::NodeId id, const ChainIdentity& identity) {
    const auto node = nodes_.find(id);
    if (node == nodes_.end()) {
        return {};
    }
    node->second.identity = identity;
    node->second.check_due = false;
    return judge();
}

updates::NetworkCheck NetworkGuard::network_check(updates::NodeId id) const {
    const auto node = nodes_.find(id);
    return node == nodes_.end() ? updates::NetworkCheck::kUnchecked : node->second.check;
}

void NetworkGuard::hold(updates::NodeId id, const HeldHead& head) {
    const auto node = nodes_.find(id);
    if (node != nodes_.end() && node->second.check == updates::NetworkCheck::kUnchecked) {
        node->second.held = head;
    }
}

void NetworkGuard::ended(updates::NodeId id) {
    if (const auto node = nodes_.find(id); node != nodes_.end()) {
        node->second.held.reset();
    }
}

}  // namespace monitor
