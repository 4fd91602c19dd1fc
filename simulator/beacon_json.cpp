#include "simulator/beacon_json.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "chain/root.hpp"
#include "chain/slot.hpp"

namespace simulator {
namespace {

using boost::json::object;

/// No fork of the simulation is ahead.
constexpr std::string_view kFarFutureEpoch = "18446744073709551615";

std::string decimal(std::uint64_t number) {
    return std::to_string(number);
}

std::string hex(const chain::Root& root) {
    return to_string(root);
}

std::string fork_version(int fork, bool is_other_network) {
    return "0x0" + std::to_string(fork) + (is_other_network ? "0000f1" : "0000f0");
}

object signed_header(chain::Slot slot, std::uint8_t which) {
    chain::Root body;
    body.bytes.back() = which;
    const std::string signature = "0x" + std::string(192, which == 1 ? 'a' : 'b');
    return object{{"message", object{{"slot", decimal(slot.value)},
                                     {"proposer_index", "7"},
                                     {"parent_root", hex(chain::Root{})},
                                     {"state_root", hex(chain::Root{})},
                                     {"body_root", hex(body)}}},
                  {"signature", signature}};
}

}  // namespace

std::string head_json(const HeadFacts& facts) {
    return serialize(object{{"slot", decimal(facts.block.slot.value)},
                            {"block", hex(facts.block.root)},
                            {"state", hex(facts.block.state)},
                            {"epoch_transition", facts.is_epoch_transition},
                            {"previous_duty_dependent_root", hex(facts.duties.previous)},
                            {"current_duty_dependent_root", hex(facts.duties.current)},
                            {"execution_optimistic", facts.is_optimistic}});
}

std::string head_v2_json(const HeadFacts& facts) {
    object data{{"slot", decimal(facts.block.slot.value)},
                {"block", hex(facts.block.root)},
                {"state", hex(facts.block.state)},
                {"epoch_transition", facts.is_epoch_transition},
                {"current_epoch_dependent_root", hex(facts.duties.previous)},
                {"next_epoch_dependent_root", hex(facts.duties.current)},
                {"execution_optimistic", facts.is_optimistic}};
    const bool is_gloas = !facts.payload_status.empty();
    if (is_gloas) {
        data["payload_status"] = facts.payload_status;
    }
    return serialize(object{{"version", is_gloas ? "gloas" : "fulu"}, {"data", std::move(data)}});
}

std::string block_json(const Block& block, bool is_optimistic) {
    return serialize(object{{"slot", decimal(block.slot.value)},
                            {"block", hex(block.root)},
                            {"execution_optimistic", is_optimistic}});
}

std::string proposer_slashing_json(chain::Slot slot, bool second_first) {
    object first{{"signed_header_1", signed_header(slot, 1)}};
    object second{{"signed_header_2", signed_header(slot, 2)}};
    object& all = second_first ? second : first;
    const object& rest = second_first ? first : second;
    all.insert(rest.begin(), rest.end());
    return serialize(all);
}

std::string chain_reorg_json(const ReorgFacts& facts) {
    return serialize(object{{"slot", decimal(facts.new_head.slot.value)},
                            {"depth", decimal(facts.depth)},
                            {"old_head_block", hex(facts.old_head.root)},
                            {"new_head_block", hex(facts.new_head.root)},
                            {"old_head_state", hex(facts.old_head.state)},
                            {"new_head_state", hex(facts.new_head.state)},
                            {"epoch", decimal(epoch_of(facts.new_head.slot).value)},
                            {"execution_optimistic", facts.is_optimistic}});
}

std::string finalized_checkpoint_json(const Block& block, chain::Epoch epoch, bool is_optimistic) {
    return serialize(object{{"block", hex(block.root)},
                            {"state", hex(block.state)},
                            {"epoch", decimal(epoch.value)},
                            {"execution_optimistic", is_optimistic}});
}

std::string padded_json(std::string json, std::size_t bytes) {
    constexpr std::string_view kBefore = R"(,"padding":")";
    constexpr std::string_view kAfter = R"("})";
    const std::size_t least = json.size() - 1 + kBefore.size() + kAfter.size();
    json.pop_back();
    json.append(kBefore);
    json.append(bytes - std::min(bytes, least), 'x');
    json.append(kAfter);
    return json;
}

std::string version_json(std::string_view version) {
    return serialize(object{{"data", object{{"version", version}}}});
}

std::string syncing_json(chain::Slot head, std::uint64_t distance, bool is_syncing,
                         bool is_optimistic, const ClientProfile& profile) {
    object data{{"head_slot", decimal(head.value)},
                {"sync_distance", decimal(distance)},
                {"is_syncing", is_syncing},
                {"is_optimistic", is_optimistic}};
    if (profile.has_el_offline) {
        data["el_offline"] = false;
    }
    return serialize(object{{"data", std::move(data)}});
}

std::string genesis_json(const chain::Root& validators_root, std::chrono::seconds genesis_time,
                         bool is_other_network) {
    return serialize(
        object{{"data", object{{"genesis_time", std::to_string(genesis_time.count())},
                               {"genesis_validators_root", hex(validators_root)},
                               {"genesis_fork_version", fork_version(0, is_other_network)}}}});
}

std::string spec_json(const SpecFacts& facts, const ClientProfile& profile) {
    const std::int64_t seconds = std::max<std::int64_t>(1, facts.slot_duration.count() / 1000);
    const bool is_other = facts.is_other_network;
    object spec{{"PRESET_BASE", "minimal"},
                {"CONFIG_NAME", is_other ? "headmon-other" : "headmon-simulator"},
                {"GENESIS_FORK_VERSION", fork_version(0, is_other)},
                {"FULU_FORK_VERSION", fork_version(6, is_other)},
                {"FULU_FORK_EPOCH", "0"},
                {"SECONDS_PER_SLOT", std::to_string(seconds)},
                {"SLOT_DURATION_MS", std::to_string(facts.slot_duration.count())},
                {"SLOTS_PER_EPOCH", decimal(kSlotsPerEpoch)}};
    if (profile.has_attestation_due) {
        spec["GLOAS_FORK_EPOCH"] = facts.gloas_from_epoch ? decimal(*facts.gloas_from_epoch)
                                                          : std::string{kFarFutureEpoch};
        spec["ATTESTATION_DUE_BPS"] = "3333";
        spec["ATTESTATION_DUE_BPS_GLOAS"] = "2500";
        spec["AGGREGATE_DUE_BPS"] = "6667";
    }
    return serialize(object{{"data", std::move(spec)}});
}

std::string fork_schedule_json(bool is_other_network) {
    const auto fork = [&](int previous, int current) {
        return object{{"previous_version", fork_version(previous, is_other_network)},
                      {"current_version", fork_version(current, is_other_network)},
                      {"epoch", "0"}};
    };
    return serialize(object{{"data", boost::json::array{fork(0, 0), fork(0, 6)}}});
}

std::string block_header_json(const chain::Root& root, const chain::BlockHeader& block,
                              bool is_canonical, bool is_optimistic) {
    object message{{"slot", decimal(block.slot.value)},
                   {"proposer_index", decimal(block.proposer_index)},
                   {"parent_root", hex(block.parent_root)},
                   {"state_root", hex(block.state_root)},
                   {"body_root", hex(block.body_root)}};
    object header{{"message", std::move(message)}, {"signature", "0x" + std::string(192, '0')}};
    object data{{"root", hex(root)}, {"canonical", is_canonical}, {"header", std::move(header)}};
    return serialize(object{
        {"execution_optimistic", is_optimistic}, {"finalized", false}, {"data", std::move(data)}});
}

std::string error_json(int code, std::string_view message) {
    return serialize(object{{"code", code}, {"message", message}});
}

}  // namespace simulator
