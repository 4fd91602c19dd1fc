#include "simulator/node_plan.hpp"

#include <algorithm>
#include <cassert>

#include "chain/slot.hpp"
#include "simulator/beacon_json.hpp"
#include "simulator/endpoint_fault.hpp"

namespace simulator {
namespace {

/// A client that sends its head last does so this part of a slot later.
constexpr int kHeadLastParts = 100;
/// A syncing node starts that many times as far back as its syncing takes slots.
constexpr std::uint64_t kSyncSpeed = 5;
/// From Gloas on a block's payload comes in this part of a slot behind the block.
constexpr int kPayloadParts = 4;
/// MAXIMUM_GOSSIP_CLOCK_DISPARITY: no node takes a block that is earlier than this by its clock.
constexpr base::Duration kGossipDisparity = std::chrono::milliseconds{500};
/// What a node that lies about its `Date` adds to it.
constexpr base::Duration kLyingAhead = std::chrono::hours{1};

const ClientProfile& profile_of(const NodeScript& script) {
    const ClientProfile* const profile = find_client_profile(script.client);
    assert(profile != nullptr);
    return *profile;
}

}  // namespace

NodePlan::NodePlan(const Scenario& scenario, std::size_t node, const Chain& chain)
    : script_{scenario.nodes.at(node)},
      profile_{profile_of(script_)},
      chain_{chain},
      seed_{scenario.seed},
      node_{node},
      slot_duration_{scenario.slot_duration},
      slashed_slots_{scenario.slashed_slots},
      gloas_from_epoch_{scenario.gloas_from_epoch} {}

Branch NodePlan::branch_at(std::uint64_t slot) const {
    Branch branch;
    branch.is_other_network = find_fault(script_, FaultKind::kOtherNetwork, slot) != nullptr;
    if (const Fault* const fork = find_fault(script_, FaultKind::kForked, slot)) {
        branch.fork_slot = fork->from_slot + (branch.is_other_network ? kOtherNetworkSlots : 0);
    }
    return branch;
}

chain::Slot NodePlan::network_slot(std::uint64_t slot) const {
    return chain::Slot{branch_at(slot).is_other_network ? slot + kOtherNetworkSlots : slot};
}

base::Duration NodePlan::delay(std::uint64_t slot) const {
    base::Duration delay = script_.delay;
    if (script_.jitter.count() > 0) {
        const base::Duration jitter = script_.jitter;
        const std::uint64_t range = 2 * static_cast<std::uint64_t>(jitter.count()) + 1;
        const std::uint64_t dice = roll(seed_, "jitter", node_, slot) % range;
        delay += base::Duration{static_cast<std::int64_t>(dice)} - jitter;
    }
    delay = std::max(delay, base::Duration{0});
    if (const Fault* const lag = find_fault(script_, FaultKind::kLagging, slot)) {
        delay += lag->delay;
    }
    return std::max(delay, -clock_offset(slot) - kGossipDisparity);
}

base::Duration NodePlan::clock_offset(std::uint64_t slot) const {
    const Fault* const fault = find_fault(script_, FaultKind::kClockOff, slot);
    const base::Duration lie = lies_about(Lie::kDate, slot) ? kLyingAhead : base::Duration{0};
    return lie + (fault == nullptr ? base::Duration{0} : base::Duration{fault->offset});
}

std::optional<chain::Slot> NodePlan::synced_to(std::uint64_t slot) const {
    const Fault* const fault = find_fault(script_, FaultKind::kCatchingUp, slot);
    if (fault == nullptr) {
        return std::nullopt;
    }
    // Evenly from an old head to the chain's own one behind the fault's last slot.
    const std::uint64_t slots = fault->to_slot - fault->from_slot + 1;
    const std::uint64_t last = network_slot(fault->to_slot).value;
    const std::uint64_t back = std::min(last, std::min(slots, std::uint64_t{200}) * kSyncSpeed);
    const std::uint64_t done = back * (slot - fault->from_slot) / slots;
    return chain::Slot{last - back + done};
}

std::optional<Emission> NodePlan::reorg(std::uint64_t slot, const Block& head,
                                        bool is_optimistic) const {
    std::uint64_t before = slot - 1;
    while (before > 0 && !chain_.has_block(network_slot(before))) {
        --before;
    }
    const Branch branch = branch_at(slot);
    const Branch old_branch = branch_at(before);
    if (branch == old_branch || branch.is_other_network != old_branch.is_other_network) {
        return std::nullopt;
    }
    const chain::Slot old_slot = network_slot(before);
    const std::uint64_t depth = chain_.blocks_dropped(old_branch, old_slot, branch);
    if (depth == 0) {
        return std::nullopt;
    }
    const bool claims_one =
        profile_.claims_depth_one || find_fault(script_, FaultKind::kWrongDepth, slot) != nullptr;
    const ReorgFacts facts{chain_.block(old_branch, old_slot), head, claims_one ? 1 : depth,
                           is_optimistic};
    return Emission{{}, "chain_reorg", chain_reorg_json(facts), {}};
}

std::string NodePlan::malformed_where_due(std::string_view topic, std::string json,
                                          std::uint64_t slot) const {
    const Fault* const fault = find_fault(script_, FaultKind::kMalformed, slot);
    const bool is_head = topic == "head" || topic == "head_v2";
    if (fault != nullptr && (fault->topic.empty() ? is_head : fault->topic == topic)) {
        json.resize(json.size() / 2);
    }
    return json;
}

void NodePlan::append_heads(std::vector<Emission>& out, std::uint64_t slot, const HeadFacts& facts,
                            base::Duration after) const {
    const auto spoilt = [&](std::string_view topic, std::string json) {
        if (const Fault* const oversize = find_fault(script_, FaultKind::kOversize, slot)) {
            json = padded_json(std::move(json), oversize->bytes);
        }
        json = malformed_where_due(topic, std::move(json), slot);
        const Fault* const odd = find_endpoint_fault(script_, "/eth/v1/events", slot);
        if (odd != nullptr && odd->answer == EndpointAnswer::kOddMember) {
            json = with_odd_member(std::move(json), odd->endpoint);
        }
        return json;
    };
    const HeadFacts told = this->told(facts, slot);
    const bool is_swapped = lies_about(Lie::kTopic, slot);
    out.push_back(Emission{
        after, "head",
        spoilt("head", is_swapped ? block_json(told.block, told.is_optimistic) : head_json(told)),
        facts.block});
    if (!profile_.knows_head_v2) {
        return;
    }
    HeadFacts v2 = told;
    if (gloas_from_epoch_ && epoch_of(facts.block.slot).value >= *gloas_from_epoch_) {
        const bool is_swapped_status = lies_about(Lie::kStatus, slot);
        v2.payload_status = is_swapped_status ? "empty" : "full";
        // A block of the past comes with its payload.
        if (!synced_to(slot)) {
            const base::Duration payload_after = base::Duration{slot_duration_} / kPayloadParts;
            out.push_back(Emission{
                after + payload_after, "head_v2", spoilt("head_v2", head_v2_json(v2)), {}});
            v2.payload_status = is_swapped_status ? "full" : "empty";
        }
    }
    out.push_back(Emission{
        after,
        "head_v2",
        spoilt("head_v2", is_swapped ? block_json(v2.block, v2.is_optimistic) : head_v2_json(v2)),
        {}});
}

HeadFacts NodePlan::told(HeadFacts facts, std::uint64_t slot) const {
    if (const Fault* const repeats = find_fault(script_, FaultKind::kRepeats, slot)) {
        facts.block = chain_.block_at_or_before(
            branch_at(slot), chain::Slot{network_slot(repeats->from_slot).value - 1});
    }
    if (lies_about(Lie::kSlot, slot)) {
        const bool is_before = roll(seed_, "slot", node_, slot) % 2 != 0;
        facts.block.slot.value =
            is_before ? facts.block.slot.value - 1 : facts.block.slot.value + 1;
    }
    if (lies_about(Lie::kState, slot)) {
        facts.block.state = made_up_root(liar_seed(), "state", facts.block.slot);
    }
    if (lies_about(Lie::kStatus, slot)) {
        facts.is_optimistic = !facts.is_optimistic;
    }
    return facts;
}

std::optional<Block> NodePlan::own_block(std::uint64_t slot) const {
    const bool is_hashed = lies_about(Lie::kParent, slot);
    if (slot == 0 || (!is_hashed && !lies_about(Lie::kRoot, slot))) {
        return std::nullopt;
    }
    const chain::Slot here = network_slot(slot);
    const Block before = chain_.block_at_or_before(branch_at(slot), chain::Slot{here.value - 1});
    return is_hashed ? hashed_block(liar_seed(), here, before, chain_)
                     : made_up_block(liar_seed(), here, before);
}

void NodePlan::append_lies(std::vector<Emission>& out, std::uint64_t slot) const {
    const base::Duration middle = base::Duration{slot_duration_} / 2;
    const Branch branch = branch_at(slot);
    const chain::Slot here = network_slot(slot);
    const Block head = chain_.block_at_or_before(branch, here);
    if (lies_about(Lie::kTime, slot)) {
        const Block next = made_up_block(liar_seed(), chain::Slot{here.value + 1}, head);
        append_heads(out, slot, HeadFacts{next, chain_.duty_roots(branch, here), false, false},
                     middle);
    }
    if (lies_about(Lie::kReorg, slot) && head.slot.value > 0) {
        const Block parent = chain_.block_at_or_before(branch, chain::Slot{head.slot.value - 1});
        const ReorgFacts claim{head, parent, 4, false};
        out.push_back(Emission{middle, "chain_reorg", chain_reorg_json(claim), {}});
        append_heads(out, slot,
                     HeadFacts{parent, chain_.duty_roots(branch, parent.slot), false, false},
                     middle);
    }
}

void NodePlan::append_block(std::vector<Emission>& out, std::uint64_t slot, const Block& block,
                            base::Duration after) const {
    const Branch branch = branch_at(slot);
    const Block parent = chain_.block_at_or_before(branch, chain::Slot{block.slot.value - 1});
    const chain::Epoch epoch = epoch_of(block.slot);
    HeadFacts facts{block, chain_.duty_roots(branch, block.slot), false, false};
    facts.is_epoch_transition = epoch_of(parent.slot) < epoch;
    facts.is_optimistic = find_fault(script_, FaultKind::kOptimistic, slot) != nullptr;

    std::vector<Emission> others;
    if (!synced_to(slot)) {
        if (auto emission = reorg(slot, block, facts.is_optimistic)) {
            others.push_back(*std::move(emission));
        }
    }
    // Two epochs behind, as long as everybody attests; the first epochs have nothing to finalise.
    if (facts.is_epoch_transition && epoch.value >= 3) {
        const chain::Epoch finalized{epoch.value - 2};
        const Block checkpoint = chain_.block_at_or_before(branch, first_slot_of(finalized));
        others.push_back(
            Emission{{},
                     "finalized_checkpoint",
                     finalized_checkpoint_json(checkpoint, finalized, facts.is_optimistic),
                     {}});
    }

    const bool head_last = profile_.order == EventOrder::kHeadLast;
    const base::Duration head_after =
        head_last ? after + base::Duration{slot_duration_} / kHeadLastParts : after;
    const HeadFacts told = this->told(facts, slot);
    const std::string json = lies_about(Lie::kTopic, slot)
                                 ? head_json(told)
                                 : block_json(told.block, told.is_optimistic);
    out.push_back(Emission{after, "block", malformed_where_due("block", json, slot), {}});
    const auto append_others = [&] {
        for (Emission& emission : others) {
            emission.after = after;
            out.push_back(std::move(emission));
        }
    };
    if (head_last) {
        append_others();
    }
    append_heads(out, slot, facts, head_after);
    if (!head_last) {
        append_others();
    }
}

std::vector<Emission> NodePlan::emissions(std::uint64_t slot) const {
    std::vector<Emission> out;
    const base::Duration after = delay(slot);
    if (const auto from = synced_to(slot)) {
        const std::uint64_t last_slot = find_fault(script_, FaultKind::kCatchingUp, slot)->to_slot;
        const std::uint64_t to =
            slot == last_slot ? network_slot(slot).value : synced_to(slot + 1)->value;
        const auto blocks = static_cast<std::int64_t>(std::max<std::uint64_t>(1, to - from->value));
        // A burst: all of it within a tenth of the slot.
        const base::Duration step = base::Duration{slot_duration_} / 10 / blocks;
        for (std::uint64_t number = from->value + 1; number <= to; ++number) {
            if (chain_.has_block(chain::Slot{number})) {
                const auto place = static_cast<std::int64_t>(number - from->value - 1);
                append_block(out, slot, chain_.block(branch_at(slot), chain::Slot{number}),
                             after + step * place);
            }
        }
    } else if (slot > 0) {
        if (const auto own = own_block(slot)) {
            append_block(out, slot, *own, after);
        } else if (chain_.has_block(network_slot(slot))) {
            append_block(out, slot, chain_.block(branch_at(slot), network_slot(slot)), after);
        }
        append_lies(out, slot);
    }
    if (slashed_slots_.contains(slot)) {
        // Nodes do not agree on the order of its members.
        std::string json = proposer_slashing_json(network_slot(slot), node_ % 2 == 1);
        json = malformed_where_due("proposer_slashing", std::move(json), slot);
        out.push_back({after, "proposer_slashing", std::move(json), {}});
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const Emission& a, const Emission& b) { return a.after < b.after; });
    return out;
}

}  // namespace simulator
