#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/update.hpp"

using namespace std::chrono_literals;
using updates::BestHead;
using updates::NodeHead;
using updates::StreamEndReason;
using Standing = updates::NetworkCheck;
using simulator::FaultKind;
using tests::ScenarioFixture;

namespace {

/// Slots of the other network are that far ahead.
constexpr std::uint64_t kOtherSlots = simulator::kOtherNetworkSlots;

std::vector<simulator::NodeScript> three_good() {
    return {tests::node("a", "lighthouse", 1000), tests::node("b", "prysm", 1100),
            tests::node("c", "grandine", 1200)};
}

bool is_of_other_network(const NodeHead& head) {
    return head.head.slot.value >= kOtherSlots;
}

}  // namespace

TEST_CASE("a node on another network gives no heads, is told, and comes back by itself",
          "[scenarios][network]") {
    auto nodes = three_good();
    nodes.push_back(tests::node("d", "teku", 500, {tests::fault(FaultKind::kOtherNetwork, 0, 7)}));
    ScenarioFixture fixture{tests::scene(nodes)};
    fixture.play_to(7);
    CHECK((fixture.status("d").network_check == updates::NetworkCheck::kMismatch));
    CHECK(fixture.ends("d") == std::vector<StreamEndReason>{StreamEndReason::kWrongNetwork});
    // One look a slot: genesis and spec.
    for (std::uint64_t slot = 2; slot <= 6; ++slot) {
        CHECK(fixture.rest_requests("d", slot) == 2);
    }
    fixture.play_to(12);
    CHECK(fixture.count<NodeHead>(is_of_other_network) == 0);
    CHECK((fixture.status("d").network_check == updates::NetworkCheck::kMatch));
    CHECK((fixture.status("d").state == updates::StreamState::kOpen));
    CHECK(fixture.head("d", 11).has_value());
    CHECK(fixture.ends("d").size() == 1);
    for (const char* const good : {"a", "b", "c"}) {
        CHECK(fixture.ends(good).empty());
        CHECK((fixture.status(good).network_check == updates::NetworkCheck::kMatch));
    }
    CHECK(fixture.published<updates::SlotTime>().size() == 1);
}

TEST_CASE("a node that is swapped behind its URL is found out after its reconnect",
          "[scenarios][network]") {
    auto nodes = three_good();
    nodes.push_back(tests::node(
        "d", "teku", 500,
        {tests::fault(FaultKind::kDown, 5, 6), tests::fault(FaultKind::kOtherNetwork, 5, 11)}));
    ScenarioFixture fixture{tests::scene(nodes)};
    fixture.play_to(5);
    CHECK((fixture.status("d").network_check == updates::NetworkCheck::kMatch));
    CHECK(fixture.head("d", 4).has_value());
    fixture.play_to(10);
    CHECK((fixture.status("d").network_check == updates::NetworkCheck::kMismatch));
    CHECK(fixture.ends("d").back() == StreamEndReason::kWrongNetwork);
    const auto of_other = [](const BestHead& best) { return best.head.slot.value >= kOtherSlots; };
    CHECK(fixture.count<BestHead>(of_other) == 0);
    fixture.play_to(16);
    CHECK(fixture.count<BestHead>(of_other) == 0);
    CHECK((fixture.status("d").network_check == updates::NetworkCheck::kMatch));
    CHECK(fixture.head("d", 15).has_value());
    // Nobody takes its heads for a split, a reorg or a wrong clock.
    CHECK(fixture.published<updates::HeadSplit>().empty());
    CHECK(fixture.published<updates::Reorg>().empty());
    CHECK(tests::clock_levels(fixture).empty());
}

TEST_CASE("a node whose REST never answers stays unchecked and its heads wait",
          "[scenarios][network]") {
    auto nodes = three_good();
    nodes.push_back(tests::node("d", "teku", 500, {tests::fault(FaultKind::kRestDown, 0, 9)}));
    ScenarioFixture fixture{tests::scene(nodes)};
    fixture.play_to(9);
    CHECK((fixture.status("d").network_check == updates::NetworkCheck::kUnchecked));
    CHECK((fixture.status("d").state == updates::StreamState::kOpen));
    CHECK(fixture.published<NodeHead>("d").empty());
    CHECK(fixture.ends("d").empty());
    fixture.play_to(14);
    CHECK((fixture.status("d").network_check == updates::NetworkCheck::kMatch));
    REQUIRE(fixture.head("d", 13).has_value());
    CHECK(fixture.head("d", 13)->is_first);
}

TEST_CASE("nodes come up one after the other, the wrong one first: the majority decides",
          "[scenarios][boot]") {
    // The wrong one stands first in the list, so it wins a tie.
    const auto up_at = [](std::string name, std::string client, std::uint64_t slot) {
        return tests::node(std::move(name), std::move(client), 1000,
                           {tests::fault(FaultKind::kDown, 0, slot - 1)});
    };
    ScenarioFixture fixture{
        tests::scene({tests::node("wrong", "teku", 800,
                                  {tests::fault(FaultKind::kOtherNetwork, 0, tests::kForEver)}),
                      up_at("a", "lighthouse", 4), up_at("b", "prysm", 8)})};
    fixture.play_to(4);
    // Alone it is the majority.
    CHECK((fixture.status("wrong").network_check == updates::NetworkCheck::kMatch));
    CHECK(fixture.count<NodeHead>(is_of_other_network) > 0);
    fixture.play_to(8);
    CHECK((fixture.status("a").network_check == updates::NetworkCheck::kMismatch));
    CHECK(fixture.published<NodeHead>("a").empty());
    fixture.play_to(12);
    CHECK((fixture.status("wrong").network_check == updates::NetworkCheck::kMismatch));
    CHECK((fixture.status("a").network_check == updates::NetworkCheck::kMatch));
    CHECK((fixture.status("b").network_check == updates::NetworkCheck::kMatch));
    CHECK(fixture.ends("wrong").back() == StreamEndReason::kWrongNetwork);
    CHECK(fixture.head("a", 11).has_value());
    CHECK(fixture.head("b", 11).has_value());
    // Slot time follows, and the best head goes down to the right chain.
    REQUIRE(fixture.published<updates::SlotTime>().size() == 2);
    REQUIRE(fixture.snapshot().best.has_value());
    CHECK(fixture.snapshot().best->head.slot.value == 11);
    fixture.play_to(18);
    CHECK(fixture.snapshot().best->head.slot.value == 17);
    REQUIRE(fixture.verdict(15).has_value());
    CHECK((fixture.verdict(15)->verdict == updates::Verdict::kOnTime));
    CHECK(fixture.published<updates::Reorg>().empty());
    CHECK(fixture.published<updates::HeadSplit>().empty());
}

TEST_CASE("at a tie the order of the list decides, whoever came first", "[scenarios][boot]") {
    ScenarioFixture fixture{
        tests::scene({tests::node("a", "lighthouse", 1000, {tests::fault(FaultKind::kDown, 0, 3)}),
                      tests::node("wrong", "teku", 800,
                                  {tests::fault(FaultKind::kOtherNetwork, 0, tests::kForEver)})})};
    fixture.play_to(4);
    CHECK((fixture.status("wrong").network_check == updates::NetworkCheck::kMatch));
    fixture.play_to(8);
    CHECK((fixture.status("a").network_check == updates::NetworkCheck::kMatch));
    CHECK((fixture.status("wrong").network_check == updates::NetworkCheck::kMismatch));
    CHECK(fixture.snapshot().best->head.slot.value == 7);
}

TEST_CASE(
    "nodes that come up long after headmon are followed from their first slot on, in any order",
    "[scenarios][boot]") {
    const std::vector<std::vector<std::uint64_t>> orders{
        {9, 12, 15}, {15, 12, 9}, {12, 15, 9}, {30, 9, 9}};
    for (const auto& order : orders) {
        std::vector<simulator::NodeScript> nodes;
        const std::vector<std::string> clients{"lighthouse", "nimbus", "caplin"};
        for (std::size_t i = 0; i < order.size(); ++i) {
            nodes.push_back(tests::node(clients[i], clients[i], 1000,
                                        {tests::fault(FaultKind::kDown, 0, order[i] - 1)}));
        }
        ScenarioFixture fixture{tests::scene(nodes)};
        fixture.play_to(36);
        for (std::size_t i = 0; i < order.size(); ++i) {
            INFO(clients[i] << " up at " << order[i]);
            // Up at a slot's start, opened at its tick, heads from the next slot on.
            for (std::uint64_t slot = order[i] + 1; slot < 36; ++slot) {
                const auto head = fixture.head(clients[i], slot);
                REQUIRE(head.has_value());
                CHECK((head->head.block == fixture.root(slot)));
            }
            CHECK((fixture.status(clients[i]).network_check == updates::NetworkCheck::kMatch));
        }
        // Five failed cycles end a run; the next one goes on with one attempt a slot.
        const auto ended = fixture.published<updates::RunEnded>();
        REQUIRE(ended.size() == 1);
        CHECK((ended[0].fact.reason == updates::RunEndReason::kGaveUp));
        const std::uint64_t first_up = *std::min_element(order.begin(), order.end());
        CHECK(ended[0].slot < first_up);
        REQUIRE(fixture.verdict(20).has_value());
        CHECK((fixture.verdict(20)->verdict == updates::Verdict::kOnTime));
    }
}
