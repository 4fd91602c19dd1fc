#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bounded_map.hpp"
#include "fleet/fact.hpp"

namespace fleet {

/// How one block is related to another.
enum class Relation : std::uint8_t {
    kSame,
    /// It is built on the other, over however many.
    kAbove,
    kBelow,
    /// Neither is built on the other.
    kDiverged,
    /// A block between them is not proven anywhere.
    kUnknown,
};

/// The parents of blocks that some headmon has proven. Pure.
class Ancestry {
  public:
    static constexpr std::size_t kBlocksMax = 8192;

    void prove(const ProvenReport& block) {
        blocks_.try_emplace(block.block, Block{block.slot, block.parent});
    }
    [[nodiscard]] bool is_proven(const chain::Root& block) const { return blocks_.contains(block); }
    [[nodiscard]] Relation relation(const BestReport& a, const BestReport& b) const;

  private:
    struct Block {
        chain::Slot slot;
        chain::Root parent;
    };
    [[nodiscard]] Relation descend(const BestReport& high, const BestReport& low) const;

    base::BoundedMap<chain::Root, Block> blocks_{kBlocksMax};
};

}  // namespace fleet
