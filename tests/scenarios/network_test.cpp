#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/node_health.hpp"
#include "updates/update.hpp"

namespace network_test {

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
    const auto up_at = [](std::string name, std::string client, std::uint64_t slot) {
        return tests::node(std::move(name), std::move(client), 1000,
                           {tests::fault(FaultKind::kDown, 0, slot - 1)});
    };
    ScenarioFixture fixture{
        tests::scene({tests::node("wrong", "teku", 800,
                                  {tests::fault(FaultKind::kOtherNetwork, 0, tests::kForEver)}),
                      up_at("a", "lighthouse", 4), up_at("b", "prysm", 8)})};
    fixture.play_to(4);
    // It alone has answered within the wait.
    CHECK((fixture.status("wrong").network_check == updates::NetworkCheck::kMatch));
    CHECK(fixture.count<NodeHead>(is_of_other_network) > 0);
    fixture.play_to(8);
    // One against one: nobody is wrong, who had passed goes on, and all of them are named.
    for (const char* const name : {"wrong", "a"}) {
        CHECK((fixture.status(name).network_check == updates::NetworkCheck::kDisputed));
        CHECK(updates::has_issue(updates::find_issues(fixture.status(name)),
                                 updates::NodeIssue::kNetworkDisputed));
        CHECK(fixture.status(name).state == updates::StreamState::kOpen);
    }
    CHECK(fixture.published<NodeHead>("a").empty());
    CHECK(fixture.ends("wrong").empty());
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

TEST_CASE("in any order of first answers the streams of honest nodes never end",
          "[scenarios][boot]") {
    // The wrong one answers first, second or last; what is slow to answer has REST down at first.
    for (std::size_t wrong = 0; wrong < 3; ++wrong) {
        for (const std::uint64_t late : {0U, 1U, 2U}) {
            INFO("the wrong one is number " << wrong << ", " << late
                                            << " slots of the others' REST are lost");
            std::vector<simulator::NodeScript> nodes = three_good();
            nodes[wrong].faults.push_back(
                tests::fault(FaultKind::kOtherNetwork, 0, tests::kForEver));
            for (std::size_t i = 0; i < nodes.size() && late > 0; ++i) {
                if (i != wrong) {
                    nodes[i].faults.push_back(
                        tests::fault(FaultKind::kRestDown, 0, i == 2 ? late : late - 1));
                }
            }
            ScenarioFixture fixture{tests::scene(nodes)};
            fixture.play_to(10);
            for (std::size_t i = 0; i < nodes.size(); ++i) {
                INFO(nodes[i].name);
                if (i == wrong) {
                    CHECK(fixture.ends(nodes[i].name) ==
                          std::vector<StreamEndReason>{StreamEndReason::kWrongNetwork});
                } else {
                    CHECK(fixture.ends(nodes[i].name).empty());
                    CHECK((fixture.status(nodes[i].name).network_check ==
                           updates::NetworkCheck::kMatch));
                }
            }
            REQUIRE(fixture.snapshot().best.has_value());
            CHECK(fixture.snapshot().best->head.slot.value == 9);
        }
    }
}

TEST_CASE("the end of a stream on another network says which one", "[scenarios][network]") {
    auto nodes = three_good();
    nodes.push_back(tests::node("d", "teku", 500,
                                {tests::fault(FaultKind::kOtherNetwork, 0, tests::kForEver)}));
    ScenarioFixture fixture{tests::scene(nodes)};
    fixture.play_to(3);
    const auto ended = fixture.published<updates::StreamEnded>("d");
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].fact.detail == fixture.status("d").network);
    CHECK(ended[0].fact.detail.starts_with("0x"));
    CHECK(ended[0].fact.detail != fixture.status("a").network);
}

TEST_CASE("with every node on another network a slot is a failed cycle", "[scenarios][network]") {
    std::vector<simulator::NodeScript> nodes{tests::node(
        "a", "lighthouse", 1000, {tests::fault(FaultKind::kOtherNetwork, 0, tests::kForEver)})};
    monitor::MonitorOptions options;
    options.slot_time = updates::SlotTime{chain::SlotClock{base::WallTime{1'600'000'000s}, 12s},
                                          updates::SlotTimeSource::kConfiguration, std::nullopt};
    ScenarioFixture fixture{tests::scene(nodes), options};
    fixture.play_to(10);
    CHECK(fixture.ends("a") == std::vector<StreamEndReason>{StreamEndReason::kWrongNetwork});
    REQUIRE(fixture.published<updates::CycleFailed>().size() >= 5);
    REQUIRE_FALSE(fixture.published<updates::RunEnded>().empty());
    CHECK(
        (fixture.published<updates::RunEnded>()[0].fact.reason == updates::RunEndReason::kGaveUp));
}

TEST_CASE("a node whose spec nobody may ask for counts by its genesis", "[scenarios][network]") {
    const auto no_spec = [] {
        auto refused = tests::fault(FaultKind::kEndpoint, 0, tests::kForEver);
        refused.endpoint = "spec";
        refused.status = 403;
        return refused;
    };
    auto nodes = three_good();
    nodes[0].faults.push_back(no_spec());
    SECTION("where another node of its chain names the slots") {
        ScenarioFixture fixture{tests::scene(nodes)};
        fixture.play_to(8);
        CHECK((fixture.status("a").network_check == updates::NetworkCheck::kMatch));
        CHECK(fixture.head("a", 7).has_value());
        CHECK(updates::has_issue(updates::find_issues(fixture.status("a")),
                                 updates::NodeIssue::kSpecUnknown));
    }
    SECTION("where the config names them") {
        monitor::MonitorOptions options;
        nodes[1].faults.push_back(no_spec());
        nodes[2].faults.push_back(no_spec());
        ScenarioFixture known{tests::scene(three_good())};
        known.play_to(1);
        options.slot_time = known.published<updates::SlotTime>().at(0).fact;
        ScenarioFixture fixture{tests::scene(nodes), options};
        fixture.play_to(8);
        CHECK((fixture.status("a").network_check == updates::NetworkCheck::kMatch));
        CHECK(fixture.head("a", 7).has_value());
    }
    SECTION("and nowhere else: then all of them are told, with the path and the status") {
        nodes[1].faults.push_back(no_spec());
        nodes[2].faults.push_back(no_spec());
        ScenarioFixture fixture{tests::scene(nodes)};
        fixture.play_to(8);
        for (const char* const name : {"a", "b", "c"}) {
            const auto status = fixture.status(name);
            CHECK((status.network_check == updates::NetworkCheck::kUnchecked));
            REQUIRE(status.unanswered.size() == 1);
            CHECK((status.unanswered[0].question == updates::RestQuestion::kSpec));
            CHECK(status.unanswered[0].reason == "status 403: Refused");
            CHECK(status.unanswered[0].slots >= 6);
        }
        CHECK(fixture.published<NodeHead>().empty());
    }
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

}  // namespace network_test
