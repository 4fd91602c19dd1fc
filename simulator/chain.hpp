#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "chain/block_header.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"

namespace simulator {

/// As in the spec's minimal preset, so that a minute of a simulation sees epochs change.
inline constexpr std::uint64_t kSlotsPerEpoch = 8;
/// How far the slots of the other network are ahead: its genesis lies that many slots earlier.
inline constexpr std::uint64_t kOtherNetworkSlots = 1000;

/// Which of the simulation's chains a block is on.
struct Branch {
    bool is_other_network = false;
    /// The first slot whose block differs from the main branch; 0 is the main branch itself.
    std::uint64_t fork_slot = 0;

    friend bool operator==(const Branch&, const Branch&) = default;
};

struct Block {
    chain::Slot slot;
    chain::Root root;
    chain::Root parent;
    chain::Root state;

    friend bool operator==(const Block&, const Block&) = default;
};

/// The roots on which attester duties depend, with the names of the `head` event.
struct DutyRoots {
    chain::Root previous;
    chain::Root current;
};

/// The block tree of a simulation, a function of its seed: every node sees the same blocks. A
/// block's root is the hash of its header, and so depends on all blocks before it: roots are kept
/// once they were computed. Not thread-safe.
class Chain {
  public:
    /// `skipped_percent` of the slots have no block, and those in `skipped_slots`, the same ones on
    /// every branch.
    Chain(std::uint64_t seed, double skipped_percent, std::set<std::uint64_t> skipped_slots = {});

    /// Slot 0 holds the genesis block.
    [[nodiscard]] bool has_block(chain::Slot slot) const;
    /// The block of `slot`; the slot has one.
    [[nodiscard]] Block block(const Branch& branch, chain::Slot slot) const;
    /// The newest block that is not above `slot`.
    [[nodiscard]] Block block_at_or_before(const Branch& branch, chain::Slot slot) const;
    /// The block with this root among the 1024 slots up to `newest`.
    [[nodiscard]] std::optional<Block> find_block(const Branch& branch, const chain::Root& root,
                                                  chain::Slot newest) const;
    /// How many blocks of `branch` up to `old_head` are not on `other`: the depth of a reorg.
    [[nodiscard]] std::uint64_t blocks_dropped(const Branch& branch, chain::Slot old_head,
                                               const Branch& other) const;

    [[nodiscard]] DutyRoots duty_roots(const Branch& branch, chain::Slot slot) const;
    [[nodiscard]] chain::Root genesis_validators_root(bool is_other_network) const;
    /// What the block's root is the hash of.
    [[nodiscard]] chain::BlockHeader header(const Block& block) const;

  private:
    /// A root that is the hash of nothing.
    [[nodiscard]] chain::Root random_root(std::string_view what, const Branch& branch,
                                          chain::Slot slot) const;
    /// Of the newest block that is not above `slot`.
    [[nodiscard]] chain::Root block_root(const Branch& branch, chain::Slot slot) const;
    [[nodiscard]] chain::Slot slot_at_or_before(chain::Slot slot) const;

    std::uint64_t seed_;
    /// In hundredths of a percent.
    std::uint64_t skipped_;
    std::set<std::uint64_t> skipped_slots_;
    /// By network and fork slot: `block_root` of each slot from the fork slot on.
    mutable std::map<std::pair<bool, std::uint64_t>, std::vector<chain::Root>> roots_;
};

/// A number that depends on all its arguments and on nothing else: the simulation's only dice.
[[nodiscard]] std::uint64_t roll(std::uint64_t seed, std::string_view what, std::uint64_t a,
                                 std::uint64_t b = 0);

/// A root that the dice give: the hash of nothing.
[[nodiscard]] chain::Root roll_root(std::uint64_t dice);

[[nodiscard]] chain::Epoch epoch_of(chain::Slot slot);
[[nodiscard]] chain::Slot first_slot_of(chain::Epoch epoch);

}  // namespace simulator
