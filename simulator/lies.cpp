#include "simulator/lies.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <string>
#include <utility>

#include "chain/block_header.hpp"

namespace simulator {
namespace {

constexpr std::array kLieNames{
    std::pair<Lie, std::string_view>{Lie::kRoot, "root"},
    std::pair<Lie, std::string_view>{Lie::kSlot, "slot"},
    std::pair<Lie, std::string_view>{Lie::kState, "state"},
    std::pair<Lie, std::string_view>{Lie::kParent, "parent"},
    std::pair<Lie, std::string_view>{Lie::kHeader, "header"},
    std::pair<Lie, std::string_view>{Lie::kStatus, "status"},
    std::pair<Lie, std::string_view>{Lie::kTime, "time"},
    std::pair<Lie, std::string_view>{Lie::kTopic, "topic"},
    std::pair<Lie, std::string_view>{Lie::kReorg, "reorg"},
    std::pair<Lie, std::string_view>{Lie::kDate, "date"},
    std::pair<Lie, std::string_view>{Lie::kSpec, "spec"},
    std::pair<Lie, std::string_view>{Lie::kGenesis, "genesis"},
};

}  // namespace

std::string_view to_string(Lie lie) {
    const auto* const found = std::find_if(kLieNames.begin(), kLieNames.end(),
                                           [&](const auto& row) { return row.first == lie; });
    assert(found != kLieNames.end());
    return found == kLieNames.end() ? "unknown" : found->second;
}

std::optional<Lie> find_lie(std::string_view name) {
    const auto* const found = std::find_if(kLieNames.begin(), kLieNames.end(),
                                           [&](const auto& row) { return row.second == name; });
    return found == kLieNames.end() ? std::nullopt : std::optional{found->first};
}

std::string lie_names() {
    std::string names;
    for (const auto& [lie, name] : kLieNames) {
        names += names.empty() ? "" : ", ";
        names += name;
    }
    return names;
}

bool lies_about(const NodeScript& node, Lie lie, std::uint64_t slot) {
    return std::any_of(node.faults.begin(), node.faults.end(), [&](const Fault& fault) {
        return fault.kind == FaultKind::kLie && fault.about == lie && fault.from_slot <= slot &&
               slot <= fault.to_slot;
    });
}

chain::Root made_up_root(const LiarSeed& seed, std::string_view what, chain::Slot slot) {
    chain::Root root;
    for (std::size_t i = 0; i < root.bytes.size(); ++i) {
        const std::uint64_t dice =
            roll(roll(seed.scenario, what, seed.node, slot.value), "byte", i / 8);
        root.bytes[i] = static_cast<std::uint8_t>(dice >> (8 * (i % 8)));
    }
    return root;
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
