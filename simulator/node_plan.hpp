#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "simulator/chain.hpp"
#include "simulator/client_profile.hpp"
#include "simulator/lies.hpp"
#include "simulator/scenario.hpp"

namespace simulator {

struct HeadFacts;

/// One event of a node, for the streams that have its topic.
struct Emission {
    /// Since the start of the slot that it was planned for; may lie beyond its end.
    base::Duration after{};
    std::string topic;
    std::string data;
    /// The block that is the node's head from now on; set on `head` alone.
    std::optional<Block> head;
};

/// What a node sees and reports, slot by slot: the part of its script that concerns the chain,
/// faults of contents included. A pure function of the scenario: two networks with the same one
/// report the same.
class NodePlan {
  public:
    /// `scenario` and `chain` outlive the plan.
    NodePlan(const Scenario& scenario, std::size_t node, const Chain& chain);

    /// The events of a slot of the simulation, in the order of their moments.
    [[nodiscard]] std::vector<Emission> emissions(std::uint64_t slot) const;

    [[nodiscard]] Branch branch_at(std::uint64_t slot) const;
    /// The number that the node's own network gives to a slot of the simulation.
    [[nodiscard]] chain::Slot network_slot(std::uint64_t slot) const;
    /// The slot of a syncing node's head when `slot` begins; nothing when it does not sync.
    [[nodiscard]] std::optional<chain::Slot> synced_to(std::uint64_t slot) const;

    [[nodiscard]] bool lies_about(Lie lie, std::uint64_t slot) const {
        return simulator::lies_about(script_, lie, slot);
    }
    /// The block that a liar claims in `slot` in place of the chain's; nothing where it has that.
    [[nodiscard]] std::optional<Block> own_block(std::uint64_t slot) const;

    [[nodiscard]] const NodeScript& script() const { return script_; }
    [[nodiscard]] const ClientProfile& profile() const { return profile_; }
    [[nodiscard]] const Chain& chain() const { return chain_; }
    [[nodiscard]] std::chrono::milliseconds slot_duration() const { return slot_duration_; }
    [[nodiscard]] std::optional<std::uint64_t> gloas_from_epoch() const {
        return gloas_from_epoch_;
    }
    /// How far the node's clock is ahead of the true one.
    [[nodiscard]] base::Duration clock_offset(std::uint64_t slot) const;

  private:
    [[nodiscard]] base::Duration delay(std::uint64_t slot) const;
    void append_block(std::vector<Emission>& out, std::uint64_t slot, const Block& block,
                      base::Duration after) const;
    /// What a liar sends besides its block.
    void append_lies(std::vector<Emission>& out, std::uint64_t slot) const;
    /// The facts as the node tells them.
    [[nodiscard]] HeadFacts told(HeadFacts facts, std::uint64_t slot) const;
    void append_heads(std::vector<Emission>& out, std::uint64_t slot, const HeadFacts& facts,
                      base::Duration after) const;
    [[nodiscard]] std::string malformed_where_due(std::string_view topic, std::string json,
                                                  std::uint64_t slot) const;
    [[nodiscard]] std::optional<Emission> reorg(std::uint64_t slot, const Block& head,
                                                bool is_optimistic) const;

    const NodeScript& script_;
    const ClientProfile& profile_;
    const Chain& chain_;
    [[nodiscard]] LiarSeed liar_seed() const { return LiarSeed{seed_, node_}; }

    std::uint64_t seed_;
    std::size_t node_;
    std::chrono::milliseconds slot_duration_;
    std::set<std::uint64_t> slashed_slots_;
    std::optional<std::uint64_t> gloas_from_epoch_;
};

}  // namespace simulator
