#include "updates/update.hpp"

#include <cassert>

namespace updates {
namespace {

/// What a fact holds outside itself.
struct BytesOutside {
    template <class Fact>
    std::size_t operator()(const Fact& /*fact*/) const {
        return 0;
    }
    std::size_t operator()(const RunStarted& fact) const {
        return (fact.nodes.capacity() + fact.renewed.capacity()) * sizeof(NodeId);
    }
    std::size_t operator()(const StreamEnded& fact) const { return fact.detail.capacity(); }
    std::size_t operator()(const NodeStatus& fact) const {
        std::size_t bytes = fact.version.capacity() + fact.network.capacity() +
                            fact.odd_spec_members.capacity() +
                            fact.unanswered.capacity() * sizeof(UnansweredQuestion);
        for (const UnansweredQuestion& question : fact.unanswered) {
            bytes += question.reason.capacity();
        }
        return bytes;
    }
    std::size_t operator()(const HeadSplit& fact) const {
        std::size_t bytes = fact.branches.capacity() * sizeof(HeadSplit::Branch);
        for (const HeadSplit::Branch& branch : fact.branches) {
            bytes += branch.nodes.capacity() * sizeof(NodeId);
        }
        return bytes;
    }
    std::size_t operator()(const NodeEvent& fact) const {
        return fact.topic.capacity() + fact.data.capacity();
    }
    std::size_t operator()(const RunEnded& fact) const { return fact.detail.capacity(); }
    std::size_t operator()(const ServiceEnded& fact) const {
        return fact.service.capacity() + fact.detail.capacity();
    }
    std::size_t operator()(const ServiceHealth& fact) const {
        return fact.service.capacity() + fact.detail.capacity();
    }
};

}  // namespace

std::string_view to_string(RunEndReason reason) {
    switch (reason) {
        case RunEndReason::kListChanged:
            return "list_changed";
        case RunEndReason::kGaveUp:
            return "gave_up";
        case RunEndReason::kClosed:
            return "closed";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(SlotTimeSource source) {
    switch (source) {
        case SlotTimeSource::kConfiguration:
            return "configuration";
        case SlotTimeSource::kPreset:
            return "preset";
        case SlotTimeSource::kStateFile:
            return "state_file";
        case SlotTimeSource::kHistory:
            return "history";
        case SlotTimeSource::kNode:
            return "node";
    }
    assert(false);
    return "unknown";
}

std::size_t bytes_of(const Update& update) {
    return sizeof update + std::visit(BytesOutside{}, update.fact);
}

}  // namespace updates
