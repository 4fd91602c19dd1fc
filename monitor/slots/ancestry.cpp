#include "monitor/slots/ancestry.hpp"

namespace monitor {

void Ancestry::add_block(const chain::Root& root, chain::Slot slot) {
    blocks_.try_emplace(root, Block{slot, std::nullopt});
}

void Ancestry::add_header(const chain::Root& root, chain::Slot slot, const chain::Root& parent) {
    const auto parent_slot = find_slot(parent);
    if (parent == root || (parent_slot && *parent_slot >= slot)) {
        return;
    }
    Block& block = *blocks_.try_emplace(root, Block{slot, std::nullopt}).first;
    if (block.slot == slot && !block.parent) {
        block.parent = parent;
    }
}

std::optional<chain::Slot> Ancestry::find_slot(const chain::Root& root) const {
    const Block* const block = blocks_.find(root);
    return block == nullptr ? std::nullopt : std::optional{block->slot};
}

std::optional<MissingHeader> Ancestry::find_missing(const chain::Root& first,
                                                    const chain::Root& second) const {
    const Answer answer = compare(first, second);
    if (!answer.missing) {
        return std::nullopt;
    }
    return MissingHeader{*answer.missing, answer.missing_on_first ? first : second};
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
        const Block* const block_a = blocks_.find(a);
        const Block* const block_b = blocks_.find(b);
        // A block that is known as a parent only: its slot decides which side is stepped.
        if (block_a == nullptr) {
            return {Relation::kUnknown, 0, a, true};
        }
        if (block_b == nullptr) {
            return {Relation::kUnknown, 0, b, false};
        }
        const bool step_first = block_a->slot > block_b->slot;
        const Block& higher = step_first ? *block_a : *block_b;
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
