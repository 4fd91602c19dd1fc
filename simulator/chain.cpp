#include "simulator/chain.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace simulator {
namespace {

constexpr std::uint64_t kSearchSlots = 1024;
constexpr std::uint64_t kValidators = 64;

/// The finaliser of SplitMix64: every bit of `x` moves every bit of the answer.
std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

}  // namespace

std::uint64_t roll(std::uint64_t seed, std::string_view what, std::uint64_t a, std::uint64_t b) {
    std::uint64_t x = mix(seed);
    for (const char c : what) {
        x = mix(x ^ static_cast<unsigned char>(c));
    }
    return mix(mix(x ^ a) ^ b);
}

chain::Root roll_root(std::uint64_t dice) {
    chain::Root root;
    for (std::size_t i = 0; i < root.bytes.size(); ++i) {
        if (i % 8 == 0) {
            dice = mix(dice);
        }
        root.bytes[i] = static_cast<std::uint8_t>(dice >> (8 * (i % 8)));
    }
    return root;
}

chain::Epoch epoch_of(chain::Slot slot) {
    return chain::Epoch{slot.value / kSlotsPerEpoch};
}

chain::Slot first_slot_of(chain::Epoch epoch) {
    return chain::Slot{epoch.value * kSlotsPerEpoch};
}

Chain::Chain(std::uint64_t seed, double skipped_percent, std::set<std::uint64_t> skipped_slots)
    : seed_{seed},
      skipped_{static_cast<std::uint64_t>(std::lround(skipped_percent * 100))},
      skipped_slots_{std::move(skipped_slots)} {}

bool Chain::has_block(chain::Slot slot) const {
    return slot.value == 0 || (roll(seed_, "skip", slot.value) % 10'000 >= skipped_ &&
                               !skipped_slots_.contains(slot.value));
}

chain::Slot Chain::slot_at_or_before(chain::Slot slot) const {
    while (!has_block(slot)) {
        --slot.value;
    }
    return slot;
}

chain::Root Chain::random_root(std::string_view what, const Branch& branch,
                               chain::Slot slot) const {
    const std::uint64_t network = branch.is_other_network ? 1 : 0;
    const std::uint64_t fork =
        branch.fork_slot != 0 && slot.value >= branch.fork_slot ? branch.fork_slot : 0;
    return roll_root(roll(roll(seed_, what, network, fork), "root", slot.value));
}

chain::BlockHeader Chain::header(const Block& block) const {
    chain::BlockHeader header;
    header.slot = block.slot;
    header.proposer_index = block.slot.value % kValidators;
    header.parent_root = block.parent;
    header.state_root = block.state;
    header.body_root = block.state;
    std::reverse(header.body_root.bytes.begin(), header.body_root.bytes.end());
    return header;
}

chain::Root Chain::block_root(const Branch& branch, chain::Slot slot) const {
    const std::uint64_t fork = slot.value >= branch.fork_slot ? branch.fork_slot : 0;
    const Branch on{branch.is_other_network, fork};
    std::vector<chain::Root>& roots = roots_[{branch.is_other_network, fork}];
    chain::Root parent;
    if (!roots.empty()) {
        parent = roots.back();
    } else if (fork > 0) {
        parent = block_root(Branch{branch.is_other_network, 0}, chain::Slot{fork - 1});
    }
    while (fork + roots.size() <= slot.value) {
        const chain::Slot next{fork + roots.size()};
        if (has_block(next)) {
            parent =
                hash_tree_root(header(Block{next, {}, parent, random_root("state", on, next)}));
        }
        roots.push_back(parent);
    }
    return roots[slot.value - fork];
}

Block Chain::block(const Branch& branch, chain::Slot slot) const {
    Block block;
    block.slot = slot;
    block.root = block_root(branch, slot);
    block.state = random_root("state", branch, slot);
    if (slot.value > 0) {
        block.parent = block_root(branch, chain::Slot{slot.value - 1});
    }
    return block;
}

Block Chain::block_at_or_before(const Branch& branch, chain::Slot slot) const {
    return block(branch, slot_at_or_before(slot));
}

std::optional<Block> Chain::find_block(const Branch& branch, const chain::Root& root,
                                       chain::Slot newest) const {
    for (std::uint64_t back = 0; back < kSearchSlots && back <= newest.value; ++back) {
        const chain::Slot slot{newest.value - back};
        if (has_block(slot) && block_root(branch, slot) == root) {
            return block(branch, slot);
        }
    }
    return std::nullopt;
}

std::uint64_t Chain::blocks_dropped(const Branch& branch, chain::Slot old_head,
                                    const Branch& other) const {
    std::uint64_t dropped = 0;
    for (chain::Slot slot = old_head; slot.value > 0; --slot.value) {
        if (!has_block(slot)) {
            continue;
        }
        if (block_root(branch, slot) == block_root(other, slot)) {
            break;
        }
        ++dropped;
    }
    return dropped;
}

DutyRoots Chain::duty_roots(const Branch& branch, chain::Slot slot) const {
    const auto last_block_before = [&](chain::Epoch epoch) {
        const std::uint64_t first = first_slot_of(epoch).value;
        return block_at_or_before(branch, chain::Slot{first == 0 ? 0 : first - 1}).root;
    };
    const std::uint64_t epoch = epoch_of(slot).value;
    return DutyRoots{last_block_before(chain::Epoch{epoch == 0 ? 0 : epoch - 1}),
                     last_block_before(chain::Epoch{epoch})};
}

chain::Root Chain::genesis_validators_root(bool is_other_network) const {
    return random_root("validators", Branch{is_other_network, 0}, chain::Slot{0});
}

}  // namespace simulator
