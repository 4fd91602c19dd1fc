#include "simulator/rest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "simulator/beacon_json.hpp"
#include "simulator/target.hpp"

namespace simulator {
namespace {

/// A liar serves the headers of its own blocks for that many slots.
constexpr std::uint64_t kOwnSlots = 64;

struct FoundBlock {
    Block block;
    bool is_canonical = true;
};

/// A block by the id of the Beacon API: `head`, `genesis`, a slot or a root.
std::optional<FoundBlock> find_block(const NodePlan& plan, const NodeView& view,
                                     std::string_view id) {
    const Chain& chain = plan.chain();
    const Branch branch = plan.branch_at(view.slot);
    if (id == "head") {
        return FoundBlock{view.head};
    }
    if (id == "genesis") {
        return FoundBlock{chain.block(branch, chain::Slot{0})};
    }
    if (!id.starts_with("0x")) {
        std::uint64_t slot = 0;
        const char* const end = id.data() + id.size();
        if (std::from_chars(id.data(), end, slot) != std::from_chars_result{end, {}} ||
            slot > view.head.slot.value || !chain.has_block(chain::Slot{slot})) {
            return std::nullopt;
        }
        return FoundBlock{chain.block(branch, chain::Slot{slot})};
    }
    const auto root = chain::parse_root(id, "block_id");
    if (!root) {
        return std::nullopt;
    }
    if (const auto block = chain.find_block(branch, *root, view.head.slot)) {
        return FoundBlock{*block};
    }
    // What it has made up itself, as far as a header is its own.
    for (std::uint64_t back = 0; back < kOwnSlots && back < view.slot; ++back) {
        const std::uint64_t slot = view.slot - back;
        const auto own = plan.own_block(slot);
        if (own && own->root == *root && plan.lies_about(Lie::kParent, slot)) {
            return FoundBlock{*own};
        }
    }
    // Blocks of the branches that the node has left: it still has them.
    std::vector<Branch> left{Branch{branch.is_other_network, 0}};
    for (const Fault& fault : plan.script().faults) {
        if (fault.kind == FaultKind::kForked && fault.from_slot <= view.slot) {
            left.push_back(plan.branch_at(fault.from_slot));
        }
    }
    for (const Branch& other : left) {
        if (other.is_other_network != branch.is_other_network) {
            continue;
        }
        if (const auto block = chain.find_block(other, *root, view.head.slot)) {
            return FoundBlock{*block, false};
        }
    }
    return std::nullopt;
}

bool is_optimistic(const NodePlan& plan, const NodeView& view) {
    return find_fault(plan.script(), FaultKind::kOptimistic, view.slot) != nullptr;
}

RestAnswer header_answer(const NodePlan& plan, const NodeView& view, std::string_view id) {
    const auto found = find_block(plan, view, id);
    if (!found) {
        return RestAnswer{404, error_json(404, "NOT_FOUND: beacon block")};
    }
    chain::BlockHeader header = plan.chain().header(found->block);
    if (plan.lies_about(Lie::kHeader, view.slot)) {
        std::reverse(header.state_root.bytes.begin(), header.state_root.bytes.end());
    }
    const bool lies = plan.lies_about(Lie::kStatus, view.slot);
    return RestAnswer{200, block_header_json(found->block.root, header, found->is_canonical != lies,
                                             is_optimistic(plan, view) != lies)};
}

RestAnswer syncing_answer(const NodePlan& plan, const NodeView& view) {
    const bool lies = plan.lies_about(Lie::kStatus, view.slot);
    const bool is_syncing = plan.synced_to(view.slot).has_value() != lies;
    const std::uint64_t now = plan.network_slot(view.slot).value;
    const std::uint64_t distance = now - std::min(now, view.head.slot.value);
    return RestAnswer{200, syncing_json(view.head.slot, is_syncing ? distance : 0, is_syncing,
                                        is_optimistic(plan, view) != lies, plan.profile())};
}

RestAnswer genesis_answer(const NodePlan& plan, const NodeView& view) {
    const bool is_other =
        plan.branch_at(view.slot).is_other_network || plan.lies_about(Lie::kGenesis, view.slot);
    std::chrono::seconds time = view.genesis_time;
    if (is_other) {
        // A thousand slots of N ms are N seconds: whole ones.
        static_assert(kOtherNetworkSlots == 1000);
        time -= std::chrono::seconds{plan.slot_duration().count()};
    }
    return RestAnswer{200,
                      genesis_json(plan.chain().genesis_validators_root(is_other), time, is_other)};
}

void append_list(std::vector<std::string>& topics, std::string_view list) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        if (const std::string_view topic = list.substr(0, comma); !topic.empty()) {
            topics.emplace_back(topic);
        }
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
}

/// A comma is the only byte of a topic list that clients encode.
std::string with_commas(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string_view code = value.substr(i, 3);
        if (code == "%2C" || code == "%2c") {
            out += ',';
            i += 2;
        } else {
            out += value[i];
        }
    }
    return out;
}

}  // namespace

RestAnswer rest_answer(const NodePlan& plan, const NodeView& view, std::string_view target) {
    const std::string_view path = path_of(target);
    const bool is_other = plan.branch_at(view.slot).is_other_network;
    if (path == "/eth/v1/node/version") {
        return RestAnswer{200, version_json(plan.profile().version)};
    }
    if (path == "/eth/v1/node/syncing") {
        return syncing_answer(plan, view);
    }
    if (path == "/eth/v1/node/health") {
        const bool tells = plan.synced_to(view.slot) && plan.profile().health_tells_syncing;
        return RestAnswer{tells ? 206 : 200, {}};
    }
    if (path == "/eth/v1/beacon/genesis") {
        return genesis_answer(plan, view);
    }
    if (path == "/eth/v1/config/spec") {
        const int parts = plan.lies_about(Lie::kSpec, view.slot) ? 2 : 1;
        const SpecFacts facts{plan.slot_duration() * parts, is_other, plan.gloas_from_epoch()};
        return RestAnswer{200, spec_json(facts, plan.profile())};
    }
    if (path == "/eth/v1/config/fork_schedule") {
        return RestAnswer{200, fork_schedule_json(is_other)};
    }
    if (path.starts_with(kHeaders)) {
        return header_answer(plan, view, path.substr(kHeaders.size()));
    }
    return RestAnswer{404, error_json(404, "Not found")};
}

std::vector<std::string> topics_of(const ClientProfile& profile, std::string_view target) {
    constexpr std::string_view kTopics = "topics=";
    std::vector<std::string> topics;
    std::string_view query = target.substr(std::min(target.size(), path_of(target).size() + 1));
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view parameter = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        if (!parameter.starts_with(kTopics)) {
            continue;
        }
        const std::string value = with_commas(parameter.substr(kTopics.size()));
        if (profile.topics_form == TopicsForm::kOneEach) {
            topics.push_back(value);
            continue;
        }
        append_list(topics, value);
        if (profile.topics_form == TopicsForm::kFirstOnly) {
            break;
        }
    }
    return topics;
}

bool knows_topic(const ClientProfile& profile, std::string_view topic) {
    constexpr std::array<std::string_view, 13> kTopics{
        "head",
        "block",
        "chain_reorg",
        "finalized_checkpoint",
        "attestation",
        "voluntary_exit",
        "contribution_and_proof",
        "bls_to_execution_change",
        "proposer_slashing",
        "attester_slashing",
        "payload_attributes",
        "light_client_finality_update",
        "light_client_optimistic_update",
    };
    if (topic == "head_v2") {
        return profile.knows_head_v2;
    }
    return std::find(kTopics.begin(), kTopics.end(), topic) != kTopics.end();
}

}  // namespace simulator
