#include "simulator/node_plan.hpp"

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "simulator/beacon_json.hpp"
#include "simulator/rest.hpp"

namespace node_plan_test {

using namespace std::chrono_literals;
using simulator::Branch;
using simulator::Chain;
using simulator::Emission;
using simulator::Fault;
using simulator::FaultKind;
using simulator::NodePlan;
using simulator::Scenario;

namespace {

Scenario one_node(const std::string& client, std::vector<Fault> faults = {}) {
    Scenario scenario;
    scenario.slot_duration = 1000ms;
    simulator::NodeScript node;
    node.name = "a";
    node.client = client;
    node.delay = 100ms;
    node.faults = std::move(faults);
    scenario.nodes.push_back(std::move(node));
    return scenario;
}

Fault fault(FaultKind kind, std::uint64_t from, std::uint64_t to) {
    Fault fault;
    fault.kind = kind;
    fault.from_slot = from;
    fault.to_slot = to;
    return fault;
}

std::string topics(const std::vector<Emission>& emissions) {
    std::string out;
    for (const Emission& emission : emissions) {
        out += emission.topic + " ";
    }
    return out;
}

const Emission& find(const std::vector<Emission>& emissions, const std::string& topic) {
    for (const Emission& emission : emissions) {
        if (emission.topic == topic) {
            return emission;
        }
    }
    throw std::runtime_error{"no " + topic};
}

std::string hex(const chain::Root& root) {
    return to_string(root);
}

}  // namespace

TEST_CASE("a slashing comes in its slots, and each second node writes it in the other order",
          "[simulator]") {
    Scenario scenario = one_node("lighthouse");
    scenario.nodes.push_back(scenario.nodes.front());
    scenario.slashed_slots = {9};
    const Chain chain{scenario.seed, 0};
    const NodePlan first{scenario, 0, chain};
    const NodePlan second{scenario, 1, chain};
    const std::string data = find(first.emissions(9), "proposer_slashing").data;
    CHECK(data.starts_with(R"({"signed_header_1":{"message":{"slot":"9","proposer_index":"7",)"));
    const std::string other = find(second.emissions(9), "proposer_slashing").data;
    CHECK(other.starts_with(R"({"signed_header_2":{)"));
    CHECK(boost::json::parse(data) == boost::json::parse(other));
    for (const Emission& emission : first.emissions(8)) {
        CHECK(emission.topic != "proposer_slashing");
    }
}

TEST_CASE("a head has the members of the Beacon API, numbers as strings", "[simulator]") {
    const Scenario scenario = one_node("lighthouse");
    const Chain chain{scenario.seed, 0};
    const NodePlan plan{scenario, 0, chain};
    const auto block = chain.block(Branch{}, chain::Slot{9});
    const auto duties = chain.duty_roots(Branch{}, chain::Slot{9});
    CHECK(find(plan.emissions(9), "head").data ==
          R"({"slot":"9","block":")" + hex(block.root) + R"(","state":")" + hex(block.state) +
              R"(","epoch_transition":false,"previous_duty_dependent_root":")" +
              hex(duties.previous) + R"(","current_duty_dependent_root":")" + hex(duties.current) +
              R"(","execution_optimistic":false})");
    CHECK(find(plan.emissions(9), "head_v2").data ==
          R"({"version":"fulu","data":{"slot":"9","block":")" + hex(block.root) + R"(","state":")" +
              hex(block.state) + R"(","epoch_transition":false,"current_epoch_dependent_root":")" +
              hex(duties.previous) + R"(","next_epoch_dependent_root":")" + hex(duties.current) +
              R"(","execution_optimistic":false}})");
    CHECK(find(plan.emissions(9), "block").data ==
          R"({"slot":"9","block":")" + hex(block.root) + R"(","execution_optimistic":false})");
    CHECK(find(plan.emissions(8), "head").data.find("\"epoch_transition\":true") !=
          std::string::npos);
}

TEST_CASE("each client has its order of head and block", "[simulator]") {
    const Chain chain{1, 0};
    for (const char* const client : {"lighthouse", "nimbus"}) {
        const Scenario scenario = one_node(client);
        const NodePlan plan{scenario, 0, chain};
        CHECK(topics(plan.emissions(24)).starts_with("block finalized_checkpoint head "));
        CHECK((find(plan.emissions(24), "head").after > find(plan.emissions(24), "block").after));
    }
    for (const char* const client : {"teku", "prysm", "lodestar", "grandine", "caplin"}) {
        const Scenario scenario = one_node(client);
        const NodePlan plan{scenario, 0, chain};
        CHECK(topics(plan.emissions(24)).starts_with("block head "));
        CHECK(topics(plan.emissions(24)).ends_with("finalized_checkpoint "));
        CHECK((find(plan.emissions(24), "block").after == 100ms));
    }
}

TEST_CASE("jitter stays within its range and is the same for the same seed", "[simulator]") {
    Scenario scenario = one_node("prysm");
    scenario.nodes[0].jitter = 30ms;
    const Chain chain{scenario.seed, 0};
    const NodePlan plan{scenario, 0, chain};
    const NodePlan same{scenario, 0, chain};
    base::Duration least = 1h;
    base::Duration most{};
    for (std::uint64_t slot = 1; slot < 200; ++slot) {
        const base::Duration after = plan.emissions(slot).front().after;
        CHECK((after == same.emissions(slot).front().after));
        least = std::min(least, after);
        most = std::max(most, after);
    }
    CHECK((least >= 70ms));
    CHECK((least < 75ms));
    CHECK((most <= 130ms));
    CHECK((most > 125ms));
}

TEST_CASE("a skipped slot has no event", "[simulator]") {
    Scenario scenario = one_node("prysm");
    const Chain chain{scenario.seed, 100};
    CHECK(NodePlan(scenario, 0, chain).emissions(5).empty());
}

TEST_CASE("faults of contents hold in their slots alone", "[simulator]") {
    Fault big = fault(FaultKind::kOversize, 4, 4);
    big.bytes = 5000;
    Fault late = fault(FaultKind::kLagging, 6, 6);
    late.delay = 2500ms;
    const Scenario scenario = one_node("teku", {fault(FaultKind::kMalformed, 2, 3), big, late,
                                                fault(FaultKind::kOptimistic, 8, 8)});
    const Chain chain{scenario.seed, 0};
    const NodePlan plan{scenario, 0, chain};
    for (std::uint64_t slot = 1; slot < 10; ++slot) {
        INFO(slot);
        const auto emissions = plan.emissions(slot);
        for (const char* const topic : {"head", "head_v2"}) {
            const Emission& head = find(emissions, topic);
            boost::system::error_code error;
            boost::json::parse(head.data, error);
            CHECK(error.failed() == (slot == 2 || slot == 3));
            CHECK((head.data.size() == 5000) == (slot == 4));
            CHECK((head.after == (slot == 6 ? 2600ms : 100ms)));
            CHECK((head.data.find("optimistic\":true") != std::string::npos) == (slot == 8));
        }
        boost::system::error_code error;
        boost::json::parse(find(emissions, "block").data, error);
        CHECK_FALSE(error.failed());
    }
}

TEST_CASE("a forked node comes back with a chain_reorg of the blocks it drops", "[simulator]") {
    const Scenario scenario = one_node("lodestar", {fault(FaultKind::kForked, 5, 7)});
    const Chain chain{scenario.seed, 0};
    const NodePlan plan{scenario, 0, chain};
    const Branch fork{false, 5};
    CHECK(topics(plan.emissions(5)) == "block head ");
    CHECK((find(plan.emissions(5), "head").head->root == chain.block(fork, chain::Slot{5}).root));
    CHECK(topics(plan.emissions(7)) == "block head ");
    CHECK(topics(plan.emissions(9)) == "block head ");
    REQUIRE(topics(plan.emissions(8)).starts_with("block head chain_reorg "));
    const auto old_head = chain.block(fork, chain::Slot{7});
    const auto new_head = chain.block(Branch{}, chain::Slot{8});
    // As a real one does, though three blocks fell.
    CHECK(find(plan.emissions(8), "chain_reorg").data ==
          R"({"slot":"8","depth":"1","old_head_block":")" + hex(old_head.root) +
              R"(","new_head_block":")" + hex(new_head.root) + R"(","old_head_state":")" +
              hex(old_head.state) + R"(","new_head_state":")" + hex(new_head.state) +
              R"(","epoch":"1","execution_optimistic":false})");
}

TEST_CASE("a chain_reorg claims the right depth, or 1 where a fault says so", "[simulator]") {
    for (const bool is_wrong : {false, true}) {
        const Scenario scenario = one_node("prysm", {fault(FaultKind::kForked, 5, 7)});
        Scenario wrong = scenario;
        wrong.nodes[0].faults.push_back(fault(FaultKind::kWrongDepth, 8, 8));
        const Chain chain{scenario.seed, 0};
        const NodePlan plan{is_wrong ? wrong : scenario, 0, chain};
        CHECK(find(plan.emissions(8), "chain_reorg")
                  .data.starts_with(is_wrong ? R"({"slot":"8","depth":"1")"
                                             : R"({"slot":"8","depth":"3")"));
    }
}

TEST_CASE("a node knows the parents of both branches of its fork, down to the block they share",
          "[simulator]") {
    const Scenario scenario = one_node("prysm", {fault(FaultKind::kForked, 5, 7)});
    const Chain chain{scenario.seed, 0};
    const NodePlan plan{scenario, 0, chain};
    const auto shared = chain.block(Branch{}, chain::Slot{4});
    const simulator::NodeView view{8, chain.block(Branch{}, chain::Slot{8}), 1'700'000'000s};
    for (const Branch& branch : {Branch{}, Branch{false, 5}}) {
        for (std::uint64_t slot = 7; slot >= 5; --slot) {
            const auto block = chain.block(branch, chain::Slot{slot});
            const std::string parent = hex(slot == 5 ? shared.root : block.parent);
            CHECK(simulator::rest_answer(plan, view, "/eth/v1/beacon/headers/" + hex(block.root))
                      .body.find("\"parent_root\":\"" + parent) != std::string::npos);
        }
    }
}

TEST_CASE("a reorg is told with the first block behind the fork, however late", "[simulator]") {
    const Scenario scenario = one_node("lodestar", {fault(FaultKind::kForked, 5, 7)});
    // A chain that skips the slot right behind the fork and has the two around it.
    for (std::uint64_t seed = 1;; ++seed) {
        const Chain chain{seed, 30};
        if (chain.has_block(chain::Slot{8}) || !chain.has_block(chain::Slot{9}) ||
            !chain.has_block(chain::Slot{7})) {
            continue;
        }
        const NodePlan plan{scenario, 0, chain};
        CHECK(plan.emissions(8).empty());
        CHECK(topics(plan.emissions(9)).find("chain_reorg") != std::string::npos);
        break;
    }
}

TEST_CASE("a syncing node sends bursts of old heads and has caught up at the end", "[simulator]") {
    const Scenario scenario = one_node("prysm", {fault(FaultKind::kCatchingUp, 20, 22)});
    const Chain chain{scenario.seed, 0};
    const NodePlan plan{scenario, 0, chain};
    std::vector<std::uint64_t> slots;
    for (std::uint64_t slot = 20; slot <= 22; ++slot) {
        const auto emissions = plan.emissions(slot);
        CHECK(emissions.size() == 10);
        CHECK((emissions.back().after - emissions.front().after < 150ms));
        for (const Emission& emission : emissions) {
            if (emission.head) {
                slots.push_back(emission.head->slot.value);
            }
        }
        CHECK(plan.synced_to(slot).has_value());
    }
    CHECK(slots ==
          std::vector<std::uint64_t>{8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22});
    CHECK_FALSE(plan.synced_to(23).has_value());
    CHECK(find(plan.emissions(23), "head").head->slot.value == 23);
}

TEST_CASE("on another network genesis, roots and slots are others", "[simulator]") {
    const Scenario scenario = one_node("grandine", {fault(FaultKind::kOtherNetwork, 5, 6)});
    const Chain chain{scenario.seed, 0};
    const NodePlan plan{scenario, 0, chain};
    CHECK(find(plan.emissions(5), "head").head->slot.value == 1005);
    CHECK(topics(plan.emissions(5)) == "block head ");
    CHECK(topics(plan.emissions(7)) == "block head ");
    simulator::NodeView view;
    view.genesis_time = std::chrono::seconds{1'700'000'000};
    view.slot = 4;
    const auto own = simulator::rest_answer(plan, view, "/eth/v1/beacon/genesis");
    CHECK(own.body.find("\"genesis_time\":\"1700000000\"") != std::string::npos);
    CHECK(own.body.find(hex(chain.genesis_validators_root(false))) != std::string::npos);
    view.slot = 5;
    const auto other = simulator::rest_answer(plan, view, "/eth/v1/beacon/genesis");
    CHECK(other.body.find("\"genesis_time\":\"1699999000\"") != std::string::npos);
    CHECK(other.body.find(hex(chain.genesis_validators_root(true))) != std::string::npos);
}

TEST_CASE("from Gloas on head_v2 tells the payload, first empty and then full", "[simulator]") {
    Scenario scenario = one_node("lighthouse");
    scenario.gloas_from_epoch = 1;
    const Chain chain{scenario.seed, 0};
    const NodePlan plan{scenario, 0, chain};
    CHECK(topics(plan.emissions(7)) == "block head head_v2 ");
    CHECK(find(plan.emissions(7), "head_v2").data.starts_with(R"({"version":"fulu")"));
    const auto emissions = plan.emissions(8);
    REQUIRE(topics(emissions) == "block head head_v2 head_v2 ");
    const auto& empty = emissions[2];
    const auto& full = emissions[3];
    CHECK(empty.data.starts_with(R"({"version":"gloas")"));
    CHECK(empty.data.ends_with(R"("payload_status":"empty"}})"));
    CHECK(full.data.ends_with(R"("payload_status":"full"}})"));
    const auto block = chain.block(Branch{}, chain::Slot{8});
    CHECK(full.data.find(hex(block.root)) != std::string::npos);
    CHECK((full.after - empty.after == 250ms));
    CHECK_FALSE(full.head.has_value());

    const simulator::NodeView view{9, block, 1'700'000'000s};
    const auto spec = [&](const char* client) {
        Scenario other = scenario;
        other.nodes[0].client = client;
        return simulator::rest_answer(NodePlan(other, 0, chain), view, "/eth/v1/config/spec").body;
    };
    CHECK(spec("prysm").find(R"("GLOAS_FORK_EPOCH":"1")") != std::string::npos);
    CHECK(spec("prysm").find(R"("ATTESTATION_DUE_BPS_GLOAS":"2500")") != std::string::npos);
    CHECK(spec("lodestar").find("GLOAS") == std::string::npos);
    CHECK(spec("lodestar").find("ATTESTATION_DUE") == std::string::npos);
}

TEST_CASE("a syncing node's blocks have their payloads at once", "[simulator]") {
    Scenario scenario = one_node("teku", {fault(FaultKind::kCatchingUp, 10, 10)});
    scenario.gloas_from_epoch = 0;
    const Chain chain{scenario.seed, 0};
    for (const Emission& emission : NodePlan(scenario, 0, chain).emissions(10)) {
        if (emission.topic == "head_v2") {
            CHECK(emission.data.ends_with(R"("payload_status":"full"}})"));
            CHECK((emission.after < 250ms));
        }
    }
}

TEST_CASE("a clock that is behind holds blocks back, one that is ahead does not", "[simulator]") {
    const auto first_after = [](std::chrono::milliseconds offset) {
        Fault off = fault(FaultKind::kClockOff, 3, 3);
        off.offset = offset;
        const Scenario scenario = one_node("prysm", {off});
        const Chain chain{scenario.seed, 0};
        const NodePlan plan{scenario, 0, chain};
        CHECK((plan.clock_offset(3) == offset));
        CHECK((plan.clock_offset(4) == 0s));
        CHECK((plan.emissions(4).front().after == 100ms));
        return plan.emissions(3).front().after;
    };
    CHECK((first_after(3s) == 100ms));
    CHECK((first_after(-400ms) == 100ms));
    CHECK((first_after(-600ms) == 100ms));
    CHECK((first_after(-2s) == 1500ms));
}

TEST_CASE("REST answers what a node knows, and 404 for the rest", "[simulator]") {
    const Scenario scenario = one_node("nimbus", {fault(FaultKind::kForked, 5, 7)});
    const Chain chain{scenario.seed, 0};
    const NodePlan plan{scenario, 0, chain};
    const simulator::NodeView view{8, chain.block(Branch{}, chain::Slot{8}), 1'700'000'000s};
    const auto get = [&](const std::string& path) {
        return simulator::rest_answer(plan, view, "/eth/v1" + path);
    };
    CHECK(get("/node/version").body ==
          R"({"data":{"version":"Nimbus/v25.11.0-53f415-stateofus"}})");
    CHECK(get("/node/syncing").body ==
          R"({"data":{"head_slot":"8","sync_distance":"0","is_syncing":false,)"
          R"("is_optimistic":false,"el_offline":false}})");
    CHECK(get("/node/health").status == 200);
    CHECK(get("/node/health").body.empty());
    const std::string spec = get("/config/spec").body;
    CHECK(spec.find(R"("SECONDS_PER_SLOT":"1","SLOT_DURATION_MS":"1000")") != std::string::npos);
    CHECK(spec.find(R"("ATTESTATION_DUE_BPS":"3333")") != std::string::npos);
    const simulator::SpecFacts short_slots{100ms};
    CHECK(simulator::spec_json(short_slots, plan.profile())
              .find(R"("SECONDS_PER_SLOT":"1","SLOT_DURATION_MS":"100")") != std::string::npos);
    CHECK(get("/config/fork_schedule").status == 200);

    const std::string head = get("/beacon/headers/head").body;
    CHECK(head.find("\"root\":\"" + hex(view.head.root) + "\",\"canonical\":true") !=
          std::string::npos);
    CHECK(head.find("\"parent_root\":\"" + hex(view.head.parent)) != std::string::npos);
    CHECK(get("/beacon/headers/" + hex(view.head.root)).body == head);
    CHECK(get("/beacon/headers/8").body == head);
    const auto dropped = chain.block(Branch{false, 5}, chain::Slot{6});
    CHECK(get("/beacon/headers/" + hex(dropped.root)).body.find("\"canonical\":false") !=
          std::string::npos);
    for (const char* const path : {"/beacon/headers/9", "/beacon/headers/0x12", "/beacon/headers/",
                                   "/nothing", "/node/version/x"}) {
        CHECK(get(path).status == 404);
        CHECK(get(path).body.starts_with(R"({"code":404,"message":)"));
    }
}

}  // namespace node_plan_test
