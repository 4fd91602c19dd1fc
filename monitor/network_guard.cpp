#include "monitor/network_guard.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace monitor {

std::string_view to_string(NetworkGuard::Standing standing) {
    switch (standing) {
        case NetworkGuard::Standing::kUnchecked:
            return "unchecked";
        case NetworkGuard::Standing::kPassed:
            return "passed";
        case NetworkGuard::Standing::kWrong:
            return "wrong";
    }
    return "unknown";
}

bool NetworkGuard::may_be_ours(const ChainIdentity& identity) const {
    if (!configured_) {
        return true;
    }
    return identity.genesis_time == configured_->genesis_time &&
           identity.slot_duration == configured_->slot_duration &&
           (!configured_->genesis_validators_root ||
            identity.genesis_validators_root == *configured_->genesis_validators_root);
}

std::optional<ChainIdentity> NetworkGuard::majority() const {
    std::optional<ChainIdentity> winner;
    std::ptrdiff_t winner_votes = 0;
    for (const CandidateId& id : order_) {
        const auto& identity = nodes_.at(id).identity;
        if (!identity || !may_be_ours(*identity)) {
            continue;
        }
        const auto votes = std::count_if(nodes_.begin(), nodes_.end(), [&](const auto& node) {
            return node.second.identity == identity;
        });
        if (votes > winner_votes) {
            winner = identity;
            winner_votes = votes;
        }
    }
    return winner;
}

NetworkGuard::Ruling NetworkGuard::judge() {
    Ruling ruling;
    // With nobody left to speak for it, the chain that was ours stays ours.
    if (auto winner = majority(); winner && winner != agreed_) {
        agreed_ = winner;
        ruling.agreed_changed = true;
    }
    for (const CandidateId& id : order_) {
        Node& node = nodes_.at(id);
        if (!node.identity) {
            continue;
        }
        const Standing now = node.identity == agreed_ ? Standing::kPassed : Standing::kWrong;
        const Standing before = std::exchange(node.standing, now);
        if (now == before) {
            continue;
        }
        if (now == Standing::kWrong) {
            ruling.lost.push_back(id);
        } else {
            ruling.passed.push_back(id);
            if (node.held) {
                ruling.released.emplace_back(id, *node.held);
            }
        }
        node.held.reset();
    }
    return ruling;
}

NetworkGuard::Ruling NetworkGuard::set_candidates(const std::vector<CandidateId>& candidates) {
    std::map<CandidateId, Node> kept;
    for (const CandidateId& id : candidates) {
        const auto known = nodes_.find(id);
        kept[id] = known == nodes_.end() ? Node{} : known->second;
    }
    order_ = candidates;
    nodes_ = std::move(kept);
    return judge();
}

void NetworkGuard::opened(const CandidateId& candidate) {
    if (const auto node = nodes_.find(candidate); node != nodes_.end()) {
        node->second.check_due = true;
    }
}

bool NetworkGuard::is_check_due(const CandidateId& candidate) const {
    const auto node = nodes_.find(candidate);
    return node != nodes_.end() &&
           (node->second.check_due || node->second.standing == Standing::kWrong);
}

NetworkGuard::Ruling NetworkGuard::answered(const CandidateId& candidate,
                                            const ChainIdentity& identity) {
    const auto node = nodes_.find(candidate);
    if (node == nodes_.end()) {
        return {};
    }
    node->second.identity = identity;
    node->second.check_due = false;
    return judge();
}

NetworkGuard::Standing NetworkGuard::standing(const CandidateId& candidate) const {
    const auto node = nodes_.find(candidate);
    return node == nodes_.end() ? Standing::kUnchecked : node->second.standing;
}

void NetworkGuard::hold(const CandidateId& candidate, const HeldHead& head) {
    const auto node = nodes_.find(candidate);
    if (node != nodes_.end() && node->second.standing == Standing::kUnchecked) {
        node->second.held = head;
    }
}

void NetworkGuard::ended(const CandidateId& candidate) {
    if (const auto node = nodes_.find(candidate); node != nodes_.end()) {
        node->second.held.reset();
    }
}

}  // namespace monitor
