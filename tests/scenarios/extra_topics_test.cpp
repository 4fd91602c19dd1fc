// Topics that the configuration adds, over real sockets: what nodes send of them, and what becomes
// of nodes that do not serve them.
#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/update.hpp"

namespace scenarios_extra_topics_test {

using simulator::Fault;
using simulator::FaultKind;
using tests::ScenarioFixture;
using updates::StreamEndReason;
using updates::TopicSet;
using Topics = std::vector<std::string>;

const std::string kV2 = "head_v2,block,chain_reorg,finalized_checkpoint";
const std::string kHead = "head,block,chain_reorg,finalized_checkpoint";
const std::string kExtra = ",proposer_slashing,attester_slashing";

Fault on_topic(FaultKind kind, std::uint64_t from, const std::string& topic) {
    Fault fault = tests::fault(kind, from, tests::kForEver);
    fault.topic = topic;
    return fault;
}

monitor::MonitorOptions with_extra() {
    monitor::MonitorOptions options;
    options.extra_topics = {"proposer_slashing", "attester_slashing"};
    return options;
}

simulator::Scenario slashings(std::vector<simulator::NodeScript> nodes) {
    simulator::Scenario scenario = tests::scene(std::move(nodes));
    scenario.slashed_slots = {4, 6};
    return scenario;
}

bool has_all_heads(const ScenarioFixture& fixture, const char* node, std::uint64_t from,
                   std::uint64_t to) {
    for (std::uint64_t slot = from; slot < to; ++slot) {
        if (!fixture.head(node, slot)) {
            return false;
        }
    }
    return true;
}

std::vector<updates::NodeEvent> events_of(const ScenarioFixture& fixture, const char* node) {
    std::vector<updates::NodeEvent> events;
    for (const auto& one : fixture.published<updates::NodeEvent>()) {
        if (one.fact.node.name() == node) {
            events.push_back(one.fact);
        }
    }
    return events;
}

TEST_CASE("two nodes report a slashing in their own words, and it has one content",
          "[scenarios][topics]") {
    ScenarioFixture fixture{
        slashings({tests::node("alpha", "lighthouse", 1000), tests::node("beta", "nimbus", 1100)}),
        with_extra()};
    fixture.play_to(8);
    CHECK(fixture.topics_asked("alpha") == Topics{kV2 + kExtra});
    CHECK(fixture.topics_asked("beta") == Topics{kV2 + kExtra, kV2, kHead + kExtra});
    const auto alpha = events_of(fixture, "alpha");
    const auto beta = events_of(fixture, "beta");
    REQUIRE(alpha.size() == 2);
    REQUIRE(beta.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(alpha[i].topic == "proposer_slashing");
        CHECK(alpha[i].content == beta[i].content);
        CHECK(alpha[i].data != beta[i].data);
        CHECK(alpha[i].data.find('\n') == std::string::npos);
    }
    CHECK(alpha[0].content != alpha[1].content);
    for (const char* const node : {"alpha", "beta"}) {
        CHECK(fixture.status(node).has_extra_topics);
        CHECK(has_all_heads(fixture, node, 1, 8));
    }
}

TEST_CASE("a node that answers 400 to an extra topic keeps its stream without it",
          "[scenarios][topics]") {
    ScenarioFixture fixture{
        slashings({tests::node("ill", "lighthouse", 1000,
                               {on_topic(FaultKind::kRefuseTopic, 0, "attester_slashing")}),
                   tests::node("well", "lighthouse", 1100)}),
        with_extra()};
    fixture.play_to(8);
    CHECK(fixture.ends("ill").empty());
    CHECK(fixture.topics_asked("ill") == Topics{kV2 + kExtra, kV2});
    CHECK((fixture.status("ill").topic_set == TopicSet::kHeadV2Full));
    CHECK_FALSE(fixture.status("ill").has_extra_topics);
    CHECK(has_all_heads(fixture, "ill", 1, 8));
    CHECK(events_of(fixture, "ill").empty());
    CHECK(events_of(fixture, "well").size() == 2);
}

TEST_CASE("what clients do with topics that they do not know costs no node its heads",
          "[scenarios][topics]") {
    for (const char* const client : {"teku", "prysm", "lodestar", "caplin"}) {
        INFO(client);
        ScenarioFixture fixture{
            slashings({tests::node("ill", client, 1000,
                                   {on_topic(FaultKind::kUnknownTopic, 0, "attester_slashing")}),
                       tests::node("well", "lighthouse", 1100)}),
            with_extra()};
        fixture.play_to(20);
        CHECK_FALSE(fixture.status("ill").has_extra_topics);
        CHECK(has_all_heads(fixture, "ill", 16, 20));
        CHECK((fixture.status("ill").state == updates::StreamState::kOpen));
    }
}

TEST_CASE(
    "a slashing that is no JSON is counted, and its topic left out when the stream is opened "
    "again",
    "[scenarios][topics]") {
    ScenarioFixture fixture{
        slashings({tests::node("ill", "lighthouse", 1000,
                               {on_topic(FaultKind::kMalformed, 3, "proposer_slashing"),
                                tests::fault(FaultKind::kClose, 8, 8)}),
                   tests::node("well", "lighthouse", 1100)}),
        with_extra()};
    fixture.play_to(11);
    CHECK(events_of(fixture, "ill").empty());
    CHECK(fixture.status("ill").malformed == 2);
    CHECK(has_all_heads(fixture, "ill", 1, 8));
    CHECK(fixture.topics_asked("ill").back() == kV2 + ",attester_slashing");
}

}  // namespace scenarios_extra_topics_test
