#include "monitor/slots/ancestry.hpp"

namespace monitor {

void Ancestry::add_block(const chain::Root& root, chain::Slot slot) {
    if (!blocks_.try_emplace(root, Block{slot, std::nullopt}).second) {
        return;
    }
    order_.push_back(root);
    if (order_.size() > blocks_max_) {
        blocks_.erase(order_.front());
        order_.pop_front();
    }
}

void Ancestry::add_header(const chain::Root& root, chain::Slot slot, const chain::Root& parent) {
    const auto parent_slot = find_slot(parent);
    if (parent == root || (parent_slot && *parent_slot >= slot)) {
        return;
    }
    add_block(root, slot);
    const auto place = blocks_.find(root);
    if (place != blocks_.end() && place->second.slot == slot && !place->second.parent) {
        place->second.parent = parent;
    }
}

std::optional<chain::Slot> Ancestry::find_slot(const chain::Root& root) const {
    const auto place = blocks_.find(root);
    if (place == blocks_.end()) {
        return std::nullopt;
    }
    return place->second.slot;
}

Ancestry::Answer Ancestry::compare(const chain::Root& first, const chain::Root& second) const {
    chain::Root a = first;
    chain::Root b = second;
    std::uint64_t depth = 0;
    std::uint64_t gained = 0;
    for (int steps = 0; a != b; ++steps) {
        if (steps == kStepsMax) {
            return {Relation::kTooFar, 0, std::nullopt, false};
        }
        const auto block_a = blocks_.find(a);
        const auto block_b = blocks_.find(b);
        // A block that is known as a parent only: its slot decides which side is stepped.
        if (block_a == blocks_.end()) {
            return {Relation::kUnknown, 0, a, true};
        }
        if (block_b == blocks_.end()) {
            return {Relation::kUnknown, 0, b, false};
        }
        const bool step_first = block_a->second.slot > block_b->second.slot;
        const Block& higher = step_first ? block_a->second : block_b->second;
        if (!higher.parent) {
            return {Relation::kUnknown, 0, step_first ? a : b, step_first};
        }
        (step_first ? a : b) = *higher.parent;
        ++(step_first ? depth : gained);
    }
    if (depth == 0) {
        return {gained == 0 ? Relation::kSame : Relation::kAncestor, 0, std::nullopt, false};
    }
    return {gained == 0 ? Relation::kDescendant : Relation::kDiverged, depth, std::nullopt, false};
}

}  // namespace monitor
