#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/bounded_map.hpp"
#include "beacon_api/responses.hpp"
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
};

/// A block whose header is to be requested, and the head that it was reached from: a node that
/// reported `head` knows it.
struct MissingHeader {
    chain::Root root;
    chain::Root head;
};

/// What is known of how blocks hang together, from their headers alone: a header hashes to its
/// block's root, so none can be wrong about slot or parent. Remembers the last `headers_max`
/// headers. Pure.
///
/// Two blocks are compared by going from the higher one to its parents until the lower one's slot
/// is reached; how far that came is remembered, and goes on from there for the blocks that are
/// built on top. So a relation, once known, is known for whatever grows on the two blocks, however
/// long the branches become.
class Ancestry {
  public:
    /// More than half a day of slots.
    static constexpr std::size_t kHeadersMax = 4096;
    /// Steps from child to parent of one call. What needs more goes on at the next call.
    static constexpr int kStepsMax = 1024;
    /// Blocks up to which a reorg's depth is counted.
    static constexpr std::uint64_t kDepthMax = 64;

    explicit Ancestry(std::size_t headers_max = kHeadersMax)
        : headers_{headers_max}, walks_{headers_max} {}

    /// False for a header that no block can have: its parent is itself, or not older.
    bool add(const beacon_api::BlockHeader& header);

    struct Answer {
        Relation relation = Relation::kUnknown;
        /// For kUnknown: the block whose header is missing; absent when the walk has to go on.
        std::optional<chain::Root> missing;
        /// Whether `missing` lies on the first's branch, not the second's.
        bool missing_on_first = false;
    };

    [[nodiscard]] Answer compare(const chain::Root& first, const chain::Root& second) const;
    [[nodiscard]] Relation relation(const chain::Root& first, const chain::Root& second) const {
        return compare(first, second).relation;
    }
    /// The header without which the two heads cannot be compared; nothing when they can.
    [[nodiscard]] std::optional<MissingHeader> find_missing(const chain::Root& first,
                                                            const chain::Root& second) const;

    struct Depth {
        /// Blocks of the first's branch above the last block that both have.
        std::uint64_t blocks = 0;
        /// False: there are at least so many; headers are missing or the branch is longer than
        /// kDepthMax.
        bool is_exact = false;
        /// The header to go on with; absent when none would help.
        std::optional<MissingHeader> missing;
    };
    /// How many blocks are dropped with `first` for `second`.
    [[nodiscard]] Depth depth(const chain::Root& first, const chain::Root& second) const;

    struct Header {
        chain::Slot slot;
        chain::Root parent;
        chain::Root state;
    };
    /// Changes with each header that is added and with each walk that has to go on: what was
    /// unknown before may be known now.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    /// Null when it was never added, or forgotten.
    [[nodiscard]] const Header* find(const chain::Root& root) const { return headers_.find(root); }
    /// Whether the branch that `head` is the tip of goes past `slot` without a block. Nothing when
    /// it has one, or when headers are missing.
    [[nodiscard]] bool passes_over(const chain::Root& head, chain::Slot slot) const;

  private:
    struct Pair {
        chain::Root high;
        chain::Root low;

        friend bool operator==(const Pair&, const Pair&) = default;
    };
    struct PairHash {
        std::size_t operator()(const Pair& pair) const noexcept {
            return std::hash<chain::Root>{}(pair.high) * 31 + std::hash<chain::Root>{}(pair.low);
        }
    };
    /// How far the way from a block down to another's slot was followed.
    struct Walk {
        /// The lowest block that was reached; its header may be missing.
        chain::Root at;
        /// Whether the lower block is an ancestor, once that is known.
        std::optional<bool> is_ancestor;
    };

    /// From `high` to parents, until `low` or its slot is reached. `low_slot` is absent when the
    /// header of `low` is missing: then it is found only where it is somebody's parent.
    [[nodiscard]] Walk walk(const chain::Root& high, const chain::Root& low,
                            std::optional<chain::Slot> low_slot) const;

    mutable std::uint64_t version_ = 0;
    base::BoundedMap<chain::Root, Header> headers_;
    /// Follows from `headers_`; kept so that each step is taken once.
    mutable base::BoundedMap<Pair, Walk, PairHash> walks_;
};

}  // namespace monitor
