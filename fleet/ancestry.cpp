#include "fleet/ancestry.hpp"

namespace fleet {

Relation Ancestry::descend(const BestReport& high, const BestReport& low) const {
    chain::Root block = high.block;
    // Each step goes to a block of a lower slot: there is no way round in circles.
    chain::Slot slot{high.slot.next()};
    while (block != low.block) {
        const Block* const known = blocks_.find(block);
        if (known == nullptr) {
            return Relation::kUnknown;
        }
        if (known->slot >= slot) {
            // No parent has a slot like that: what was proven is not the whole truth.
            return Relation::kUnknown;
        }
        if (known->slot <= low.slot) {
            return Relation::kDiverged;
        }
        slot = known->slot;
        block = known->parent;
    }
    return Relation::kAbove;
}

Relation Ancestry::relation(const BestReport& a, const BestReport& b) const {
    if (a.block == b.block) {
        return Relation::kSame;
    }
    if (b.slot < a.slot) {
        return descend(a, b);
    }
    const Relation other_way = descend(b, a);
    return other_way == Relation::kAbove ? Relation::kBelow : other_way;
}

}  // namespace fleet
