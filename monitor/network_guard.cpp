#include "monitor/network_guard.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace monitor {
namespace {

using updates::NetworkCheck;
using updates::NodeId;

bool has_same_genesis(const ChainIdentity& one, const ChainIdentity& other) {
    return one.genesis_time == other.genesis_time &&
           one.genesis_validators_root == other.genesis_validators_root;
}

/// Nothing that both know contradicts it.
bool is_same_chain(const ChainIdentity& one, const ChainIdentity& other) {
    return has_same_genesis(one, other) &&
           (!one.slot_duration || !other.slot_duration || one.slot_duration == other.slot_duration);
}

}  // namespace

std::string to_string(const ChainIdentity& identity) {
    std::string text = chain::network_name(identity.genesis_validators_root);
    const bool is_known = chain::find_network(identity.genesis_validators_root) != nullptr;
    if (!is_known && identity.slot_duration) {
        text += " with slots of " + std::to_string(identity.slot_duration->count()) + " ms";
    }
    return text;
}

bool NetworkGuard::may_be_ours(const ChainIdentity& identity) const {
    if (!configured_) {
        return true;
    }
    return identity.genesis_time == configured_->genesis_time &&
           (!identity.slot_duration || *identity.slot_duration == configured_->slot_duration) &&
           (!configured_->genesis_validators_root ||
            identity.genesis_validators_root == *configured_->genesis_validators_root);
}

std::optional<ChainIdentity> NetworkGuard::complete(const ChainIdentity& identity) const {
    if (identity.slot_duration) {
        return identity;
    }
    ChainIdentity whole = identity;
    if (configured_) {
        whole.slot_duration = configured_->slot_duration;
        return whole;
    }
    if (agreed_ && has_same_genesis(*agreed_, identity)) {
        return agreed_;
    }
    for (const NodeId id : order_) {
        const auto& other = nodes_.at(id).identity;
        if (!other || !other->slot_duration || !has_same_genesis(*other, identity)) {
            continue;
        }
        if (whole.slot_duration && whole.slot_duration != other->slot_duration) {
            return std::nullopt;
        }
        whole.slot_duration = other->slot_duration;
    }
    return whole.slot_duration ? std::optional{whole} : std::nullopt;
}

std::vector<NetworkGuard::Votes> NetworkGuard::count_votes() const {
    std::vector<Votes> votes;
    for (const NodeId id : order_) {
        const auto& identity = nodes_.at(id).identity;
        if (!identity || !may_be_ours(*identity)) {
            continue;
        }
        const auto chain = complete(*identity);
        if (!chain) {
            continue;
        }
        const auto known = std::find_if(votes.begin(), votes.end(),
                                        [&](const Votes& one) { return one.chain == *chain; });
        if (known == votes.end()) {
            votes.push_back({*chain, 1});
        } else {
            ++known->count;
        }
    }
    std::stable_sort(votes.begin(), votes.end(),
                     [](const Votes& one, const Votes& other) { return one.count > other.count; });
    return votes;
}

NetworkGuard::Change NetworkGuard::judge() {
    Change change;
    const std::vector<Votes> votes = count_votes();
    const bool has_most = !votes.empty() && 2 * votes.front().count > order_.size();
    const bool is_tie = votes.size() > 1 && votes[0].count == votes[1].count;
    // With nobody left to speak for it, the chain that was ours stays ours.
    const bool is_settled = !votes.empty() && !is_tie && (has_most || !is_waiting_);
    const bool is_disputed = is_tie && !is_waiting_;
    if (is_settled && agreed_ != votes.front().chain) {
        agreed_ = votes.front().chain;
        change.agreed_changed = true;
    }
    is_settled_ = is_settled;
    for (const NodeId id : order_) {
        judge_node(id, is_settled, is_disputed, change);
    }
    return change;
}

void NetworkGuard::judge_node(NodeId id, bool is_settled, bool is_disputed, Change& change) {
    Node& node = nodes_.at(id);
    if (!node.identity || node.is_exempt) {
        return;
    }
    const NetworkCheck before = node.check;
    const bool counted = node.counts;
    if (!may_be_ours(*node.identity)) {
        node.check = NetworkCheck::kMismatch;
    } else if (is_settled) {
        node.check = is_same_chain(*node.identity, *agreed_) ? NetworkCheck::kMatch
                                                             : NetworkCheck::kMismatch;
    } else if (is_disputed && complete(*node.identity)) {
        node.check = NetworkCheck::kDisputed;
    } else {
        return;
    }
    // In a dispute whoever passed keeps its pass, but for another chain it is none.
    node.counts =
        node.check == NetworkCheck::kMatch || (node.check == NetworkCheck::kDisputed && counted &&
                                               agreed_ && is_same_chain(*node.identity, *agreed_));
    if (node.check == NetworkCheck::kMismatch && before != NetworkCheck::kMismatch) {
        change.rejected.push_back(id);
        node.held.reset();
    } else if (node.check == NetworkCheck::kDisputed &&
               (before != NetworkCheck::kDisputed || counted != node.counts)) {
        change.disputed.push_back(id);
    } else if (node.check == NetworkCheck::kMatch && before != NetworkCheck::kMatch) {
        change.accepted.push_back(id);
        if (node.held) {
            change.released_heads.emplace_back(id, *node.held);
        }
        node.held.reset();
    }
}

NetworkGuard::Change NetworkGuard::set_candidates(const std::vector<NodeId>& candidates,
                                                  const std::vector<NodeId>& exempt) {
    updates::NodeMap<Node> kept;
    for (const NodeId id : candidates) {
        const auto known = nodes_.find(id);
        Node node = known == nodes_.end() ? Node{} : known->second;
        const bool is_exempt = std::find(exempt.begin(), exempt.end(), id) != exempt.end();
        if (is_exempt != node.is_exempt) {
            // What it has answered says again what it is.
            node.check = is_exempt ? NetworkCheck::kOff : NetworkCheck::kUnchecked;
            node.counts = is_exempt;
            node.is_exempt = is_exempt;
        }
        kept[id] = node;
    }
    order_ = candidates;
    nodes_ = std::move(kept);
    is_waiting_ = true;
    return judge();
}

void NetworkGuard::forget(NodeId id) {
    nodes_.erase(id);
    is_settled_ = false;
}

NetworkGuard::Change NetworkGuard::end_wait() {
    is_waiting_ = false;
    return judge();
}

void NetworkGuard::opened(NodeId id) {
    if (const auto node = nodes_.find(id); node != nodes_.end()) {
        node->second.check_due = true;
    }
}

bool NetworkGuard::is_check_due(NodeId id) const {
    const auto found = nodes_.find(id);
    if (found == nodes_.end()) {
        return false;
    }
    const Node& node = found->second;
    const bool is_incomplete =
        node.check == NetworkCheck::kUnchecked && node.identity && !node.identity->slot_duration;
    return node.check_due || is_incomplete || node.check == NetworkCheck::kMismatch ||
           node.check == NetworkCheck::kDisputed;
}

NetworkGuard::Change NetworkGuard::answered(NodeId id, const ChainIdentity& identity) {
    const auto node = nodes_.find(id);
    if (node == nodes_.end()) {
        return {};
    }
    const bool is_first = std::none_of(nodes_.begin(), nodes_.end(), [](const auto& entry) {
        return entry.second.identity.has_value();
    });
    is_waiting_ = is_waiting_ || is_first;
    node->second.identity = identity;
    node->second.check_due = false;
    if (is_settled_ && agreed_ == identity && may_be_ours(identity)) {
        // One more vote for the chain that has the most changes nothing for the others.
        Change change;
        judge_node(id, true, false, change);
        return change;
    }
    return judge();
}

NetworkCheck NetworkGuard::network_check(NodeId id) const {
    const auto node = nodes_.find(id);
    return node == nodes_.end() ? NetworkCheck::kUnchecked : node->second.check;
}

bool NetworkGuard::counts(NodeId id) const {
    const auto node = nodes_.find(id);
    return node != nodes_.end() && node->second.counts;
}

std::optional<ChainIdentity> NetworkGuard::reported(NodeId id) const {
    const auto node = nodes_.find(id);
    return node == nodes_.end() ? std::nullopt : node->second.identity;
}

void NetworkGuard::hold(NodeId id, const HeldHead& head) {
    const auto node = nodes_.find(id);
    if (node != nodes_.end() && !node->second.counts &&
        node->second.check != NetworkCheck::kMismatch) {
        node->second.held = head;
    }
}

void NetworkGuard::ended(NodeId id) {
    if (const auto node = nodes_.find(id); node != nodes_.end()) {
        node->second.held.reset();
    }
}

}  // namespace monitor
