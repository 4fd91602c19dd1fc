#include "monitor/slots/ancestry.hpp"

namespace monitor {
namespace {

constexpr int kStepsWithoutSlot = 32;

}  // namespace

bool Ancestry::add(const beacon_api::BlockHeader& header) {
    const Header* const parent = find(header.parent_root);
    if (header.parent_root == header.root || (parent != nullptr && parent->slot >= header.slot)) {
        return false;
    }
    ++version_;
    headers_.try_emplace(header.root, Header{header.slot, header.parent_root, header.state_root});
    return true;
}

Ancestry::Walk Ancestry::walk(const chain::Root& high, const chain::Root& low,
                              std::optional<chain::Slot> low_slot) const {
    Walk walk{high, std::nullopt};
    // Without the slot that it ends at, a walk goes a few steps and is not remembered.
    const int steps_max = low_slot ? kStepsMax : kStepsWithoutSlot;
    int steps = 0;
    for (; steps < steps_max && !walk.is_ancestor; ++steps) {
        if (walk.at == low) {
            walk.is_ancestor = true;
            break;
        }
        if (const Walk* const known = walks_.find({walk.at, low});
            known != nullptr && (known->is_ancestor || (low_slot && known->at != walk.at))) {
            walk = *known;
            continue;
        }
        const Header* const header = find(walk.at);
        if (header == nullptr) {
            break;
        }
        if (low_slot && header->slot <= *low_slot) {
            walk.is_ancestor = false;
        } else {
            walk.at = header->parent;
        }
    }
    if (steps == steps_max && !walk.is_ancestor) {
        ++version_;
    }
    if (low_slot || walk.is_ancestor) {
        *walks_.try_emplace({high, low}).first = walk;
    }
    return walk;
}

Ancestry::Answer Ancestry::compare(const chain::Root& first, const chain::Root& second) const {
    if (first == second) {
        return {Relation::kSame, std::nullopt, false};
    }
    const Header* const a = find(first);
    const Header* const b = find(second);
    if (a == nullptr || b == nullptr) {
        // A block is known by its child's header as well.
        if (b != nullptr && walk(second, first, std::nullopt).is_ancestor.value_or(false)) {
            return {Relation::kAncestor, std::nullopt, false};
        }
        if (a != nullptr && walk(first, second, std::nullopt).is_ancestor.value_or(false)) {
            return {Relation::kDescendant, std::nullopt, false};
        }
        return {Relation::kUnknown, a == nullptr ? first : second, a == nullptr};
    }
    if (a->slot == b->slot) {
        return {Relation::kDiverged, std::nullopt, false};
    }
    const bool first_is_higher = a->slot > b->slot;
    const Walk way = first_is_higher ? walk(first, second, b->slot) : walk(second, first, a->slot);
    if (!way.is_ancestor) {
        const bool is_missing = find(way.at) == nullptr;
        return {Relation::kUnknown, is_missing ? std::optional{way.at} : std::nullopt,
                first_is_higher};
    }
    if (!*way.is_ancestor) {
        return {Relation::kDiverged, std::nullopt, false};
    }
    return {first_is_higher ? Relation::kDescendant : Relation::kAncestor, std::nullopt, false};
}

std::optional<MissingHeader> Ancestry::find_missing(const chain::Root& first,
                                                    const chain::Root& second) const {
    const Answer answer = compare(first, second);
    if (!answer.missing) {
        return std::nullopt;
    }
    return MissingHeader{*answer.missing, answer.missing_on_first ? first : second};
}

Ancestry::Depth Ancestry::depth(const chain::Root& first, const chain::Root& second) const {
    chain::Root a = first;
    chain::Root b = second;
    Depth depth;
    for (int steps = 0; steps < kStepsMax && depth.blocks < kDepthMax; ++steps) {
        if (a == b) {
            depth.is_exact = true;
            return depth;
        }
        const Header* const header_a = find(a);
        const Header* const header_b = find(b);
        if (header_a == nullptr || header_b == nullptr) {
            depth.missing =
                header_a == nullptr ? MissingHeader{a, first} : MissingHeader{b, second};
            return depth;
        }
        // Of two blocks of one slot neither is on the other's branch.
        if (header_a->slot >= header_b->slot) {
            a = header_a->parent;
            ++depth.blocks;
        } else {
            b = header_b->parent;
        }
    }
    return depth;
}

bool Ancestry::passes_over(const chain::Root& head, chain::Slot slot) const {
    chain::Root at = head;
    for (int steps = 0; steps < kStepsMax; ++steps) {
        const Header* const header = find(at);
        if (header == nullptr || header->slot <= slot) {
            return steps > 0 && header != nullptr && header->slot < slot;
        }
        at = header->parent;
    }
    return false;
}

}  // namespace monitor
