#include "monitor/snapshot.hpp"

#include <utility>
#include <variant>

namespace monitor {
namespace {

/// Applies one fact. A fact about a candidate that no run has named is no node of the snapshot.
class Fold {
  public:
    Fold(Snapshot& snapshot, base::Instant at) : snapshot_{snapshot}, at_{at} {}

    void operator()(const RunStarted& fact) const {
        std::map<CandidateId, NodeSnapshot> nodes;
        for (const CandidateId& id : fact.candidates) {
            const auto known = snapshot_.nodes.find(id);
            NodeSnapshot node =
                known == snapshot_.nodes.end() ? NodeSnapshot{id} : std::move(known->second);
            node.status.state = StreamState::kConnecting;
            nodes.insert_or_assign(id, std::move(node));
        }
        snapshot_.nodes = std::move(nodes);
        snapshot_.running = true;
        snapshot_.failed_cycles = 0;
    }

    void operator()(const StreamOpened& fact) const {
        snapshot_.failed_cycles = 0;
        if (NodeSnapshot* node = find(fact.candidate)) {
            node->status.state = StreamState::kOpen;
            node->ends_in_row = 0;
        }
    }

    void operator()(const StreamEnded& fact) const {
        if (NodeSnapshot* node = find(fact.candidate)) {
            node->status.state = StreamState::kEnded;
            // Ends by our own side are none of the node's.
            node->status.ends += fact.reason == base::EndReason::kCancelled ? 0 : 1;
            node->ends_in_row = fact.ends_in_row;
            node->last_end = fact.reason;
        }
    }

    void operator()(const NodeHead& fact) const {
        snapshot_.failed_cycles = 0;
        if (NodeSnapshot* node = find(fact.candidate)) {
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
        if (NodeSnapshot* node = find(fact.candidate)) {
            node->status = fact;
        }
    }

    void operator()(const HeadSplit& fact) const {
        snapshot_.split = fact.is_over ? std::nullopt : std::optional{fact};
    }
    void operator()(const ClockDoubt& fact) const { snapshot_.clock = fact; }
    void operator()(const SlotVerdict& fact) const { snapshot_.verdict = fact; }
    /// Stands in the node's status too.
    void operator()(const NodeBehind& /*fact*/) const {}
    void operator()(const ProxyDoubt& /*fact*/) const {}
    /// Moments, not states.
    void operator()(const Reorg& /*fact*/) const {}
    void operator()(const Finalized& /*fact*/) const {}

    void operator()(const SlotTime& fact) const { snapshot_.slot_time = fact; }
    void operator()(const CycleFailed& fact) const { snapshot_.failed_cycles = fact.in_row; }
    void operator()(const RunEnded& /*fact*/) const { snapshot_.running = false; }
    /// The updates of its run have told what is to be known of it.
    void operator()(const ServiceEnded& /*fact*/) const {}

  private:
    [[nodiscard]] NodeSnapshot* find(const CandidateId& id) const {
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

}  // namespace monitor
