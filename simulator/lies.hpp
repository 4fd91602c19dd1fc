#pragma once

#include <cstdint>
#include <string_view>

#include "simulator/chain.hpp"
#include "simulator/scenario.hpp"

namespace simulator {

/// Whether the node lies about this at `slot`, alone or among others.
[[nodiscard]] bool lies_about(const NodeScript& node, Lie lie, std::uint64_t slot);

/// Whose word it is: each liar of a simulation makes up its own.
struct LiarSeed {
    std::uint64_t scenario = 0;
    std::uint64_t node = 0;
};

/// A root that is the hash of nothing.
[[nodiscard]] chain::Root made_up_root(const LiarSeed& seed, std::string_view what,
                                       chain::Slot slot);
/// A block of `slot` that nobody else has, and whose root is no hash.
[[nodiscard]] Block made_up_block(const LiarSeed& seed, chain::Slot slot, const Block& before);
/// A block of `slot` that nobody else has and whose header hashes to its root: built on `before`,
/// or in every other slot on a parent that is made up too.
[[nodiscard]] Block hashed_block(const LiarSeed& seed, chain::Slot slot, const Block& before,
                                 const Chain& chain);

}  // namespace simulator
