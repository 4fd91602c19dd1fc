#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/stage.hpp"
#include "updates/update.hpp"

using namespace std::chrono_literals;
using updates::BestHead;
using updates::NodeHead;
using updates::StreamEndReason;
using Standing = updates::NetworkCheck;
using simulator::FaultKind;
using tests::Stage;

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
    Stage stage{tests::scene(nodes)};
    stage.play_to(7);
    CHECK((stage.status("d").network_check == updates::NetworkCheck::kMismatch));
    CHECK(stage.ends("d") == std::vector<StreamEndReason>{StreamEndReason::kWrongNetwork});
    // One look a slot: genesis and spec.
    for (std::uint64_t slot = 2; slot <= 6; ++slot) {
        CHECK(stage.rest_requests("d", slot) == 2);
    }
    stage.play_to(12);
    CHECK(stage.count<NodeHead>(is_of_other_network) == 0);
    CHECK((stage.status("d").network_check == updates::NetworkCheck::kMatch));
    CHECK((stage.status("d").state == updates::StreamState::kOpen));
    CHECK(stage.head("d", 11).has_value());
    CHECK(stage.ends("d").size() == 1);
    for (const char* const good : {"a", "b", "c"}) {
        CHECK(stage.ends(good).empty());
        CHECK((stage.status(good).network_check == updates::NetworkCheck::kMatch));
    }
    CHECK(stage.told<updates::SlotTime>().size() == 1);
}

TEST_CASE("a node that is swapped behind its URL is found out after its reconnect",
          "[scenarios][network]") {
    auto nodes = three_good();
    nodes.push_back(tests::node(
        "d", "teku", 500,
        {tests::fault(FaultKind::kDown, 5, 6), tests::fault(FaultKind::kOtherNetwork, 5, 11)}));
    Stage stage{tests::scene(nodes)};
    stage.play_to(5);
    CHECK((stage.status("d").network_check == updates::NetworkCheck::kMatch));
    CHECK(stage.head("d", 4).has_value());
    stage.play_to(10);
    CHECK((stage.status("d").network_check == updates::NetworkCheck::kMismatch));
    CHECK(stage.ends("d").back() == StreamEndReason::kWrongNetwork);
    const auto of_other = [](const BestHead& best) { return best.head.slot.value >= kOtherSlots; };
    CHECK(stage.count<BestHead>(of_other) == 0);
    stage.play_to(16);
    CHECK(stage.count<BestHead>(of_other) == 0);
    CHECK((stage.status("d").network_check == updates::NetworkCheck::kMatch));
    CHECK(stage.head("d", 15).has_value());
    // Nobody takes its heads for a split, a reorg or a wrong clock.
    CHECK(stage.told<updates::HeadSplit>().empty());
    CHECK(stage.told<updates::Reorg>().empty());
    CHECK(tests::clock_levels(stage).empty());
}

TEST_CASE("a node whose REST never answers stays unchecked and its heads wait",
          "[scenarios][network]") {
    auto nodes = three_good();
    nodes.push_back(tests::node("d", "teku", 500, {tests::fault(FaultKind::kRestDown, 0, 9)}));
    Stage stage{tests::scene(nodes)};
    stage.play_to(9);
    CHECK((stage.status("d").network_check == updates::NetworkCheck::kUnchecked));
    CHECK((stage.status("d").state == updates::StreamState::kOpen));
    CHECK(stage.told<NodeHead>("d").empty());
    CHECK(stage.ends("d").empty());
    stage.play_to(14);
    CHECK((stage.status("d").network_check == updates::NetworkCheck::kMatch));
    REQUIRE(stage.head("d", 13).has_value());
    CHECK(stage.head("d", 13)->is_first);
}

TEST_CASE("nodes come up one after the other, the wrong one first: the majority decides",
          "[scenarios][boot]") {
    // The wrong one stands first in the list, so it wins a tie.
    const auto up_at = [](std::string name, std::string client, std::uint64_t slot) {
        return tests::node(std::move(name), std::move(client), 1000,
                           {tests::fault(FaultKind::kDown, 0, slot - 1)});
    };
    Stage stage{
        tests::scene({tests::node("wrong", "teku", 800,
                                  {tests::fault(FaultKind::kOtherNetwork, 0, tests::kForEver)}),
                      up_at("a", "lighthouse", 4), up_at("b", "prysm", 8)})};
    stage.play_to(4);
    // Alone it is the majority.
    CHECK((stage.status("wrong").network_check == updates::NetworkCheck::kMatch));
    CHECK(stage.count<NodeHead>(is_of_other_network) > 0);
    stage.play_to(8);
    CHECK((stage.status("a").network_check == updates::NetworkCheck::kMismatch));
    CHECK(stage.told<NodeHead>("a").empty());
    stage.play_to(12);
    CHECK((stage.status("wrong").network_check == updates::NetworkCheck::kMismatch));
    CHECK((stage.status("a").network_check == updates::NetworkCheck::kMatch));
    CHECK((stage.status("b").network_check == updates::NetworkCheck::kMatch));
    CHECK(stage.ends("wrong").back() == StreamEndReason::kWrongNetwork);
    CHECK(stage.head("a", 11).has_value());
    CHECK(stage.head("b", 11).has_value());
    // Slot time follows, and the best head goes down to the right chain.
    REQUIRE(stage.told<updates::SlotTime>().size() == 2);
    REQUIRE(stage.snapshot().best.has_value());
    CHECK(stage.snapshot().best->head.slot.value == 11);
    stage.play_to(18);
    CHECK(stage.snapshot().best->head.slot.value == 17);
    REQUIRE(stage.verdict(15).has_value());
    CHECK((stage.verdict(15)->verdict == updates::Verdict::kOnTime));
    CHECK(stage.told<updates::Reorg>().empty());
    CHECK(stage.told<updates::HeadSplit>().empty());
}

TEST_CASE("at a tie the order of the list decides, whoever came first", "[scenarios][boot]") {
    Stage stage{
        tests::scene({tests::node("a", "lighthouse", 1000, {tests::fault(FaultKind::kDown, 0, 3)}),
                      tests::node("wrong", "teku", 800,
                                  {tests::fault(FaultKind::kOtherNetwork, 0, tests::kForEver)})})};
    stage.play_to(4);
    CHECK((stage.status("wrong").network_check == updates::NetworkCheck::kMatch));
    stage.play_to(8);
    CHECK((stage.status("a").network_check == updates::NetworkCheck::kMatch));
    CHECK((stage.status("wrong").network_check == updates::NetworkCheck::kMismatch));
    CHECK(stage.snapshot().best->head.slot.value == 7);
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
        Stage stage{tests::scene(nodes)};
        stage.play_to(36);
        for (std::size_t i = 0; i < order.size(); ++i) {
            INFO(clients[i] << " up at " << order[i]);
            // Up at a slot's start, opened at its tick, heads from the next slot on.
            for (std::uint64_t slot = order[i] + 1; slot < 36; ++slot) {
                const auto head = stage.head(clients[i], slot);
                REQUIRE(head.has_value());
                CHECK((head->head.block == stage.root(slot)));
            }
            CHECK((stage.status(clients[i]).network_check == updates::NetworkCheck::kMatch));
        }
        // Five failed cycles end a run; the next one goes on with one attempt a slot.
        const auto ended = stage.told<updates::RunEnded>();
        REQUIRE(ended.size() == 1);
        CHECK((ended[0].fact.reason == updates::RunEndReason::kGaveUp));
        const std::uint64_t first_up = *std::min_element(order.begin(), order.end());
        CHECK(ended[0].slot < first_up);
        REQUIRE(stage.verdict(20).has_value());
        CHECK((stage.verdict(20)->verdict == updates::Verdict::kOnTime));
    }
}
