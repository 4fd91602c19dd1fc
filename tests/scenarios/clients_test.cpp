#include <algorithm>
#include <map>
#include <string>

#include <catch2/catch.hpp>

#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/client_family.hpp"
#include "updates/update.hpp"

namespace clients_test {

using namespace std::chrono_literals;
using simulator::FaultKind;
using tests::ScenarioFixture;
using updates::NodeHead;
using updates::StreamEnded;
using updates::StreamEndReason;
using updates::TopicSet;

namespace {

constexpr const char* kRichest = "head_v2,block,chain_reorg,finalized_checkpoint";
constexpr const char* kMiddle = "head,block,chain_reorg,finalized_checkpoint";
using Topics = std::vector<std::string>;

/// A node of each client, each a tenth of a second later than the one before.
simulator::Scenario seven_clients(std::vector<simulator::Fault> faults = {}) {
    std::vector<simulator::NodeScript> nodes;
    std::int64_t delay_ms = 1000;
    for (const simulator::ClientProfile& profile : simulator::client_profiles()) {
        nodes.push_back(
            tests::node(std::string{profile.name}, std::string{profile.name}, delay_ms, faults));
        delay_ms += 100;
    }
    return tests::scene(std::move(nodes));
}

/// When a head leaves a client: those that send it last do so a hundredth of a slot later.
base::Duration delay_of(const simulator::NodeScript& node) {
    const bool is_last = node.client == "lighthouse" || node.client == "nimbus";
    return node.delay + (is_last ? 120ms : 0ms);
}

}  // namespace

TEST_CASE("the heads of each client arrive in each slot, with their roots and times",
          "[scenarios][clients]") {
    const auto scenario = seven_clients();
    ScenarioFixture fixture{scenario};
    fixture.play_to(14);
    // Teku is the first: Lighthouse sends its head last in the slot.
    const base::Duration first = 1100ms;
    for (const auto& node : scenario.nodes) {
        INFO(node.name);
        // Lodestar 1.5 is silent on two forms, for two slots each, before it is asked for `head`.
        const std::uint64_t from = node.client == "lodestar" ? 9 : 1;
        for (std::uint64_t slot = from; slot < 14; ++slot) {
            const auto head = fixture.head(node.name, slot);
            REQUIRE(head.has_value());
            CHECK((head->head.block == fixture.root(slot)));
            CHECK((head->source == updates::HeadSource::kStream));
            REQUIRE(head->timing.delay.has_value());
            CHECK((*head->timing.delay == delay_of(node)));
            CHECK((head->lag == delay_of(node) - first));
            CHECK(head->is_first == (node.client == "teku"));
            CHECK_FALSE(head->timing.is_late());
        }
        CHECK((fixture.status(node.name).state == updates::StreamState::kOpen));
        CHECK((fixture.status(node.name).network_check == updates::NetworkCheck::kMatch));
        CHECK(fixture.status(node.name).version ==
              simulator::find_client_profile(node.client)->version);
    }
    for (std::uint64_t slot = 2; slot < 12; ++slot) {
        REQUIRE(fixture.verdict(slot).has_value());
        CHECK((fixture.verdict(slot)->verdict == updates::Verdict::kOnTime));
        CHECK(fixture.verdict(slot)->first_reported_by->name() == "teku");
    }
    CHECK(fixture.published<updates::CycleFailed>().empty());
    CHECK(fixture.published<updates::HeadSplit>().empty());
    CHECK(fixture.published<updates::Reorg>().empty());
    CHECK(tests::clock_levels(fixture).empty());
    CHECK(fixture.published<updates::StreamBuffered>().empty());
}

TEST_CASE("each client ends on the topics that it serves", "[scenarios][clients][topics]") {
    ScenarioFixture fixture{seven_clients()};
    fixture.play_to(14);
    for (const char* const knows_v2 : {"lighthouse", "teku"}) {
        INFO(knows_v2);
        CHECK(fixture.topics_asked(knows_v2) == Topics{kRichest});
        CHECK((fixture.status(knows_v2).topic_set == updates::TopicSet::kHeadV2Full));
        CHECK(fixture.ends(knows_v2).empty());
    }
    for (const char* const answers_400 : {"prysm", "nimbus", "grandine", "caplin"}) {
        INFO(answers_400);
        CHECK(fixture.topics_asked(answers_400) == Topics{kRichest, kMiddle});
        CHECK((fixture.status(answers_400).topic_set == updates::TopicSet::kHeadFull));
        // Both within one opening: nothing has ended.
        CHECK(fixture.ends(answers_400).empty());
        CHECK(fixture.published<updates::StreamOpened>(answers_400).size() == 1);
        for (const auto& request : fixture.requests()) {
            CHECK((request.node != answers_400 || !request.is_stream() || request.slot == 0));
        }
    }
    CHECK(fixture.topics_asked("lodestar") == Topics{kRichest, kMiddle, "head"});
    CHECK((fixture.status("lodestar").topic_set == updates::TopicSet::kHeadOnly));
    CHECK(fixture.ends("lodestar") == std::vector<StreamEndReason>{StreamEndReason::kTopicRefused,
                                                                   StreamEndReason::kTopicRefused});
}

TEST_CASE("a client that forgot a topic is asked for fewer, and told of", "[scenarios][topics]") {
    auto forgets = tests::fault(FaultKind::kUnknownTopic, 0, tests::kForEver);
    forgets.topic = "head_v2";
    ScenarioFixture fixture{tests::scene({tests::node("lighthouse", "lighthouse", 1000, {forgets}),
                                          tests::node("teku", "teku", 1000, {forgets})})};
    fixture.play_to(6);
    CHECK(fixture.topics_asked("lighthouse") == Topics{kRichest, kMiddle});
    CHECK(fixture.ends("lighthouse").empty());
    // A 200 that ends at once: the next set at the next tick. That it was the topics shows then.
    CHECK(fixture.topics_asked("teku") == Topics{kRichest, kMiddle});
    CHECK(fixture.ends("teku") == std::vector<StreamEndReason>{StreamEndReason::kEmptyBody});
    for (const char* const node : {"lighthouse", "teku"}) {
        CHECK((fixture.status(node).topic_set == updates::TopicSet::kHeadFull));
        CHECK(fixture.head(node, 5).has_value());
    }
    CHECK(fixture.published<updates::CycleFailed>().empty());
}

TEST_CASE("an optional topic that a node refuses costs it the optional topics alone",
          "[scenarios][topics]") {
    auto refuses = tests::fault(FaultKind::kUnknownTopic, 0, tests::kForEver);
    refuses.topic = "chain_reorg";
    ScenarioFixture fixture{tests::scene({tests::node("a", "lighthouse", 1000, {refuses})})};
    fixture.play_to(4);
    CHECK(fixture.topics_asked("a") == Topics{kRichest, kMiddle, "head"});
    CHECK(fixture.ends("a").empty());
    CHECK(fixture.head("a", 3).has_value());
}

TEST_CASE("a form that delivered is kept through reconnects", "[scenarios][topics]") {
    ScenarioFixture fixture{tests::scene({tests::node(
        "a", "prysm", 1000,
        {tests::fault(FaultKind::kDown, 3, 3), tests::fault(FaultKind::kDown, 6, 6)})})};
    fixture.play_to(10);
    // The attempts at the ticks of the slots in which it is down reach nobody.
    CHECK(fixture.topics_asked("a") == Topics{kRichest, kMiddle, kMiddle, kMiddle});
}

TEST_CASE("skipped slots alone end no stream of any client", "[scenarios][clients][liveness]") {
    auto scenario = seven_clients();
    scenario.skipped_percent = 100;
    ScenarioFixture fixture{scenario};
    fixture.play_to(20);
    for (const auto& node : scenario.nodes) {
        INFO(node.name);
        CHECK(fixture.ends(node.name).empty());
        CHECK_FALSE(fixture.status(node.name).is_silent);
        CHECK_FALSE(fixture.status(node.name).is_stalled);
    }
    for (std::uint64_t slot = 3; slot < 18; ++slot) {
        REQUIRE(fixture.verdict(slot).has_value());
        // No later head passes over it.
        CHECK((fixture.verdict(slot)->verdict == updates::Verdict::kUnknown));
    }
}

TEST_CASE("a stopped process is found silent when its client's keep-alives have failed three times",
          "[scenarios][clients][liveness]") {
    // SIGSTOP: the kernel accepts, nobody answers, streams stand and are silent.
    auto scenario = seven_clients({tests::fault(FaultKind::kHangBeforeHeaders, 12, 22),
                                   tests::fault(FaultKind::kHangMidStream, 12, 22)});
    scenario.nodes.push_back(tests::node("well", "prysm", 900));
    ScenarioFixture fixture{scenario};
    fixture.play_to(30);
    const std::map<std::string, base::Duration> limits{
        {"lighthouse", 45s}, {"teku", 90s},     {"prysm", 36s}, {"nimbus", 36s},
        {"lodestar", 36s},   {"grandine", 45s}, {"caplin", 36s}};
    for (const auto& [name, limit] : limits) {
        INFO(name);
        const auto silent = fixture.first<StreamEnded>([&](const StreamEnded& ended) {
            return ended.node.name() == name && ended.reason == StreamEndReason::kSilent;
        });
        // The last byte came at the beginning of slot 12 or before; ticks come once a slot.
        const base::Duration since =
            12s * (static_cast<std::int64_t>(silent.slot) - 12) + silent.into;
        CHECK((since > limit - 15s));
        CHECK((since <= limit + 12s));
        const auto published = fixture.published<updates::NodeStatus>(name);
        CHECK(std::any_of(published.begin(), published.end(),
                          [](const auto& one) { return one.fact.is_silent; }));
        CHECK_FALSE(fixture.status(name).is_silent);
        CHECK((fixture.status(name).state == updates::StreamState::kOpen));
        CHECK(fixture.head(name, 28).has_value());
    }
    CHECK(fixture.ends("well").empty());
}

}  // namespace clients_test
