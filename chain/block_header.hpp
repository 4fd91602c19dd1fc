#pragma once

#include <cstdint>

#include "chain/root.hpp"
#include "chain/slot.hpp"

namespace chain {

/// BeaconBlockHeader: what a block's root is made of, with the body by its own root.
/// https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/beacon-chain.md#beaconblockheader
struct BlockHeader {
    Slot slot;
    std::uint64_t proposer_index = 0;
    Root parent_root;
    Root state_root;
    Root body_root;

    friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

/// The root of the block with this header: seven SHA-256. A header whose root is the one that was
/// asked for cannot be wrong in any member; whether it is a block of the chain no hash can prove.
/// https://github.com/ethereum/consensus-specs/blob/master/ssz/simple-serialize.md#merkleization
[[nodiscard]] Root hash_tree_root(const BlockHeader& header);

}  // namespace chain
