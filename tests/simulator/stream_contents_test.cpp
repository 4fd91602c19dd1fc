#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "simulator/node_plan.hpp"

namespace stream_contents_test {

using simulator::Branch;
using simulator::Chain;
using simulator::Emission;
using simulator::Fault;
using simulator::FaultKind;
using simulator::NodePlan;
using simulator::Scenario;

namespace {

Scenario one_node(Fault fault) {
    Scenario scenario;
    simulator::NodeScript node;
    node.name = "a";
    node.client = "lighthouse";
    node.faults.push_back(std::move(fault));
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

const Emission& find(const std::vector<Emission>& emissions, const std::string& topic) {
    const auto found = std::find_if(emissions.begin(), emissions.end(),
                                    [&](const Emission& one) { return one.topic == topic; });
    REQUIRE(found != emissions.end());
    return *found;
}

}  // namespace

TEST_CASE("malformed with a topic spoils that topic alone", "[simulator]") {
    const auto is_whole = [](const Emission& emission) { return emission.data.ends_with('}'); };
    for (const char* const spoilt : {"head", "head_v2", "block"}) {
        Fault malformed = fault(FaultKind::kMalformed, 3, 3);
        malformed.topic = spoilt;
        const Scenario scenario = one_node(malformed);
        const Chain chain{1, 0};
        const NodePlan plan{scenario, 0, chain};
        for (const Emission& emission : plan.emissions(3)) {
            CHECK(is_whole(emission) == (emission.topic != spoilt));
        }
        for (const Emission& emission : plan.emissions(4)) {
            CHECK(is_whole(emission));
        }
    }
}

TEST_CASE("a node that repeats an old head on its streams has the new one itself", "[simulator]") {
    const Scenario scenario = one_node(fault(FaultKind::kRepeats, 3, 5));
    const Chain chain{1, 0};
    const NodePlan plan{scenario, 0, chain};
    const std::string old = to_string(chain.block(Branch{}, chain::Slot{2}).root);
    for (std::uint64_t slot = 3; slot <= 5; ++slot) {
        const auto emissions = plan.emissions(slot);
        CHECK(find(emissions, "head").data.find(old) != std::string::npos);
        CHECK(find(emissions, "head_v2").data.find(old) != std::string::npos);
        CHECK((find(emissions, "head").head->slot == chain::Slot{slot}));
    }
    CHECK(find(plan.emissions(6), "head").data.find(old) == std::string::npos);
}

}  // namespace stream_contents_test
