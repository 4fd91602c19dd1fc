#include "simulator/lies.hpp"

#include <algorithm>

#include "chain/block_header.hpp"

namespace simulator {
bool lies_about(const NodeScript& node, Lie lie, std::uint64_t slot) {
    return std::any_of(node.faults.begin(), node.faults.end(), [&](const Fault& fault) {
        return fault.kind == FaultKind::kLie && fault.about == lie && fault.from_slot <= slot &&
               slot <= fault.to_slot;
    });
}

chain::Root made_up_root(const LiarSeed& seed, std::string_view what, chain::Slot slot) {
    return roll_root(roll(seed.scenario, what, seed.node, slot.value));
}

Block made_up_block(const LiarSeed& seed, chain::Slot slot, const Block& before) {
    return Block{slot, made_up_root(seed, "made-up root", slot), before.root,
                 made_up_root(seed, "made-up state", slot)};
}

Block hashed_block(const LiarSeed& seed, chain::Slot slot, const Block& before,
                   const Chain& chain) {
    Block block = made_up_block(seed, slot, before);
    if (slot.value % 2 != 0) {
        block.parent = made_up_root(seed, "made-up parent", slot);
    }
    block.root = hash_tree_root(chain.header(block));
    return block;
}

}  // namespace simulator
