#include "monitor/upstreams.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace monitor {

Upstreams::Upstreams(std::vector<updates::NodeId> order, updates::NodeMap<Upstream> known,
                     const std::vector<updates::NodeId>& renewed)
    : order_{std::move(order)} {
    for (const updates::NodeId node : order_) {
        const auto found = known.find(node);
        nodes_.try_emplace(node, found == known.end() ? Upstream{node} : std::move(found->second));
        if (is_marked_.size() <= node.index()) {
            is_marked_.resize(std::size_t{node.index()} + 1);
        }
    }
    for (const updates::NodeId node : renewed) {
        nodes_.at(node).renew();
    }
}

const Upstream* Upstreams::find(updates::NodeId node) const {
    const auto found = nodes_.find(node);
    return found == nodes_.end() ? nullptr : &found->second;
}

Upstream& Upstreams::change(updates::NodeId node) {
    if (!is_marked_[node.index()]) {
        is_marked_[node.index()] = true;
        marked_.push_back(node);
    }
    return nodes_.at(node);
}

Upstream* Upstreams::change_streaming(updates::NodeId node) {
    const Upstream* const found = find(node);
    return found != nullptr && found->is_streaming() ? &change(node) : nullptr;
}

bool Upstreams::can_serve(updates::NodeId node, base::MonoTime now) const {
    const Upstream* const found = find(node);
    return found != nullptr && found->is_on_our_chain() && found->may_request(now);
}

bool Upstreams::is_any_open() const {
    return std::any_of(nodes_.begin(), nodes_.end(), [](const auto& entry) {
        return entry.second.state() == updates::StreamState::kOpen;
    });
}

bool Upstreams::is_any_streaming() const {
    return std::any_of(nodes_.begin(), nodes_.end(),
                       [](const auto& entry) { return entry.second.is_streaming(); });
}

void Upstreams::weigh_old_heads() {
    std::size_t old_heads = 0;
    std::size_t new_heads = 0;
    for (const auto& [node, upstream] : nodes_) {
        if (upstream.is_sound()) {
            ++(upstream.is_head_old() ? old_heads : new_heads);
        }
    }
    for (const updates::NodeId node : order()) {
        change(node).set_age_counts(new_heads > 0 && new_heads >= old_heads);
    }
}

void Upstreams::settle(SlotTracker& slots, Effects& effects, base::Instant now) {
    for (const updates::NodeId node : marked_) {
        Upstream& upstream = nodes_.at(node);
        const Upstream::UseChange change = upstream.take_use_change();
        if (change.is_good) {
            slots.set_good_standing(node, *change.is_good);
        }
        if (change.is_observed) {
            if (*change.is_observed) {
                slots.observation_began(node, now);
            } else {
                slots.observation_ended(node, now);
            }
        }
        if (auto status = upstream.take_status_change(now.mono)) {
            effects.publish(std::move(*status), now);
        }
    }
}

void Upstreams::send_requests(Effects& effects, base::MonoTime now) {
    for (const updates::NodeId node : marked_) {
        if (const auto request = nodes_.at(node).next_request(now)) {
            effects.add(SendRequest{node, *request});
        }
    }
}

void Upstreams::clear_marks() {
    for (const updates::NodeId node : marked_) {
        is_marked_[node.index()] = false;
    }
    marked_.clear();
}

updates::NodeMap<Upstream> Upstreams::take() {
    for (auto& [node, upstream] : nodes_) {
        upstream.run_ended();
    }
    return std::exchange(nodes_, {});
}

}  // namespace monitor
