#include "updates/snapshot.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace updates {
namespace {

/// Applies one fact. A fact about a node that no run has named adds none to the snapshot.
class Fold {
  public:
    Fold(Snapshot& snapshot, base::Instant at) : snapshot_{snapshot}, at_{at} {}

    void operator()(const RunStarted& fact) const {
        NodeMap<NodeSnapshot> nodes;
        for (const NodeId id : fact.nodes) {
            const auto known = snapshot_.nodes.find(id);
            NodeSnapshot node =
                known == snapshot_.nodes.end() ? NodeSnapshot{id} : std::move(known->second);
            if (std::find(fact.renewed.begin(), fact.renewed.end(), id) != fact.renewed.end()) {
                const std::uint64_t disconnects = node.status.disconnects;
                node = NodeSnapshot{id};
                node.status.disconnects = disconnects;
            }
            node.status.state = StreamState::kConnecting;
            nodes.insert_or_assign(id, std::move(node));
        }
        snapshot_.nodes = std::move(nodes);
        snapshot_.running = true;
        snapshot_.failed_cycles = 0;
    }

    void operator()(const StreamOpened& fact) const {
        snapshot_.failed_cycles = 0;
        if (NodeSnapshot* node = find(fact.node)) {
            node->status.state = StreamState::kOpen;
            node->consecutive_disconnects = 0;
        }
    }

    void operator()(const StreamEnded& fact) const {
        if (NodeSnapshot* node = find(fact.node)) {
            node->status.state = StreamState::kEnded;
            // Ends by our own side are none of the node's.
            node->status.disconnects += fact.reason == updates::StreamEndReason::kCancelled ? 0 : 1;
            node->consecutive_disconnects = fact.consecutive_disconnects;
            node->last_end = fact.reason;
        }
    }

    void operator()(const NodeHead& fact) const {
        snapshot_.failed_cycles = 0;
        if (NodeSnapshot* node = find(fact.node)) {
            node->head = fact;
            // The answer to a question is no sign of life of the stream.
            if (fact.source == HeadSource::kStream) {
                node->status.last_head = at_;
                node->status.last_byte = at_;
            }
        }
    }

    void operator()(const BestHead& fact) const { snapshot_.best = fact; }

    void operator()(const NodeStatus& fact) const {
        if (NodeSnapshot* node = find(fact.node)) {
            node->status = fact;
        }
    }

    void operator()(const HeadSplit& fact) const {
        snapshot_.split = fact.is_over ? std::nullopt : std::optional{fact};
    }
    void operator()(const ClockSkew& fact) const { snapshot_.clock = fact; }
    void operator()(const SlotVerdict& fact) const { snapshot_.verdict = fact; }
    // Part of the node's status.
    void operator()(const NodeBehind& /*fact*/) const {}
    void operator()(const StreamBuffered& /*fact*/) const {}
    // Events that leave nothing in the snapshot.
    void operator()(const HeadProven& /*fact*/) const {}
    void operator()(const Reorg& /*fact*/) const {}
    void operator()(const Finalized& /*fact*/) const {}
    void operator()(const NodeBlock& /*fact*/) const {}
    void operator()(const NodeReorg& /*fact*/) const {}
    void operator()(const NodeEvent& /*fact*/) const {}

    void operator()(const SlotTime& fact) const { snapshot_.slot_time = fact; }
    void operator()(const CycleFailed& fact) const { snapshot_.failed_cycles = fact.consecutive; }
    void operator()(const RunEnded& /*fact*/) const { snapshot_.running = false; }
    void operator()(const ServiceEnded& fact) const {
        ServiceSnapshot& service = snapshot_.services[fact.service];
        service.last_end = fact;
        service.is_down = !fact.restart_after;
    }
    void operator()(const ServiceHealth& fact) const {
        ServiceSnapshot& service = snapshot_.services[fact.service];
        service.health = fact.state;
        service.health_detail = fact.detail;
        // Health is published of what runs.
        service.is_down = false;
    }

  private:
    [[nodiscard]] NodeSnapshot* find(NodeId id) const {
        const auto node = snapshot_.nodes.find(id);
        return node == snapshot_.nodes.end() ? nullptr : &node->second;
    }

    Snapshot& snapshot_;
    base::Instant at_;
};

}  // namespace

void Snapshot::apply(const Update& update) {
    std::visit(Fold{*this, update.at}, update.fact);
}

}  // namespace updates
