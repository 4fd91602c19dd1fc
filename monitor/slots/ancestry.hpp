#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bounded_map.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"

namespace monitor {

/// How two blocks are related.
enum class Relation : std::uint8_t {
    kSame,
    /// The first is an ancestor of the second.
    kAncestor,
    /// The first descends from the second.
    kDescendant,
    /// Neither is an ancestor of the other.
    kDiverged,
    /// A header is missing.
    kUnknown,
    /// Too far apart to request the headers between them.
    kTooFar,
};

/// A block whose header is to be requested, and the head that it was reached from: a node that
/// reported `head` knows it.
struct MissingHeader {
    chain::Root root;
    chain::Root head;
};

/// What is known of how blocks hang together: each block's slot and, once its header was seen, its
/// parent. Remembers the last `blocks_max` blocks that it heard of. Pure.
class Ancestry {
  public:
    static constexpr std::size_t kBlocksMax = 1024;
    /// Steps from child to parent in one comparison, both sides together.
    static constexpr int kStepsMax = 64;

    explicit Ancestry(std::size_t blocks_max = kBlocksMax) : blocks_{blocks_max} {}

    /// A block whose root and slot a node reported.
    void add_block(const chain::Root& root, chain::Slot slot);
    /// A block's header. One that contradicts what is known (other slot, a parent that is not
    /// older, itself as parent) is not believed; what is known of a block stays.
    void add_header(const chain::Root& root, chain::Slot slot, const chain::Root& parent);

    struct Answer {
        Relation relation = Relation::kUnknown;
        /// Blocks of the first's branch above the common ancestor; meaningful unless kUnknown or
        /// kTooFar.
        std::uint64_t depth = 0;
        /// For kUnknown: the block whose header is missing.
        std::optional<chain::Root> missing;
        /// Whether `missing` lies on the first's branch, not the second's.
        bool missing_on_first = false;
    };

    [[nodiscard]] Answer compare(const chain::Root& first, const chain::Root& second) const;

    /// The header without which the two heads cannot be compared; nothing when they can.
    [[nodiscard]] std::optional<MissingHeader> find_missing(const chain::Root& first,
                                                            const chain::Root& second) const;

    [[nodiscard]] std::optional<chain::Slot> find_slot(const chain::Root& root) const;
    [[nodiscard]] std::size_t size() const { return blocks_.size(); }

  private:
    struct Block {
        chain::Slot slot;
        std::optional<chain::Root> parent;
    };

    base::BoundedMap<chain::Root, Block> blocks_;
};

}  // namespace monitor
