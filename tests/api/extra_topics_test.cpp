// Topics that the configuration adds, on the merged event stream.
#include <string>

#include <catch2/catch.hpp>

#include "api/beacon_events.hpp"
#include "api/request_rules.hpp"
#include "tests/api/api_fixture.hpp"
#include "tests/api/merged_fixture.hpp"

namespace api_extra_topics_test {

using namespace std::chrono_literals;
using tests::MergedFixture;
using tests::topics_of;
using updates::NodeId;

updates::NodeEvent slashing(const std::string& node, int content,
                            std::string data = R"({"attestation_1":{}})") {
    chain::Root root;
    root.bytes[0] = static_cast<std::uint8_t>(content / 256);
    root.bytes[1] = static_cast<std::uint8_t>(content);
    return {NodeId{node}, "attester_slashing", std::move(data), root};
}

TEST_CASE("an event of an extra topic is given once for each content, from whoever is first",
          "[api]") {
    MergedFixture merged;
    const auto given = merged.publishes(slashing("a", 1));
    REQUIRE(given.size() == 1);
    CHECK((given.front() == api::BeaconEvent{"attester_slashing", R"({"attestation_1":{}})"}));
    // Another node may write it in another way.
    CHECK(merged.publishes(slashing("b", 1, R"({ "attestation_1" : {} })")).empty());
    CHECK(merged.publishes(slashing("a", 1)).empty());
    CHECK(topics_of(merged.publishes(slashing("b", 2))) == "attester_slashing");
}

TEST_CASE("what a node that is not in good standing sends is neither given nor remembered",
          "[api]") {
    MergedFixture merged;
    merged.is_good = false;
    CHECK(merged.publishes(slashing("a", 1)).empty());
    merged.is_good = true;
    CHECK(topics_of(merged.publishes(slashing("b", 1))) == "attester_slashing");
}

TEST_CASE("a content is given once in 32 slots, counted from when it was given", "[api]") {
    for (const auto slot : {12s, 5s}) {
        MergedFixture merged;
        if (slot != 12s) {
            merged.publishes(updates::SlotTime{
                chain::SlotClock{base::WallTime{}, slot}, updates::SlotTimeSource::kNode, {}});
        }
        merged.publishes(slashing("a", 1));
        merged.passes(20 * slot);
        // That another node reports it later prolongs nothing.
        CHECK(merged.publishes(slashing("b", 1)).empty());
        merged.passes(12 * slot - 1ms);
        CHECK(merged.publishes(slashing("a", 1)).empty());
        merged.passes(1ms);
        CHECK(merged.publishes(slashing("a", 1)).size() == 1);
        CHECK(merged.publishes(slashing("b", 1)).empty());
    }
}

TEST_CASE("a node that is gone takes nothing along that another one reported too", "[api]") {
    MergedFixture merged;
    merged.publishes(slashing("a", 1));
    merged.publishes(slashing("b", 1));
    merged.publishes(updates::RunStarted{{NodeId{"b"}}, {}});
    CHECK(merged.publishes(slashing("b", 1)).empty());
}

TEST_CASE("invented contents make room for their own node's alone", "[api]") {
    MergedFixture merged;
    merged.publishes(slashing("a", 0));
    for (std::size_t i = 1; i <= api::BeaconEvents::kExtraMax + 1; ++i) {
        merged.publishes(slashing("liar", static_cast<int>(i)));
    }
    CHECK(merged.publishes(slashing("b", 0)).empty());
    // Its own oldest one.
    CHECK(merged.publishes(slashing("liar", 1)).size() == 1);
}

TEST_CASE("clients may ask for the topics that are configured, and for no other", "[api]") {
    tests::ApiFixture fixture;
    fixture.begin();
    const std::string answer = fixture.get("/eth/v1/events?topics=head,proposer_slashing");
    CHECK(answer.substr(9, 3) == "400");
    CHECK(answer.find(R"({"code":400,"message":"Invalid topic: proposer_slashing"})") !=
          std::string::npos);
    auto client = fixture.stream("/eth/v1/events?topics=attester_slashing");
    auto heads = fixture.stream("/eth/v1/events?topics=head");
    fixture.set_health("beta", false);
    fixture.publish(slashing("beta", 1, R"({"a":"1"})"));
    fixture.publish(slashing("alpha", 2, R"({"a":"2"})"));
    fixture.publish(slashing("alpha", 2, R"({"a":"2"})"));
    fixture.publish(slashing("alpha", 3, R"({"a":"3"})"));
    fixture.head("alpha", 100, 1);
    fixture.read_until(*client, "data: {\"a\":\"3\"}\n\n");
    fixture.read_until(*heads, "event: head\n");
    CHECK(client->count("event: attester_slashing\n") == 2);
    CHECK(client->count("data: {\"a\":\"1\"}\n") == 0);
    CHECK(client->count("data: {\"a\":\"2\"}\n") == 1);
    CHECK(heads->count("attester_slashing") == 0);
}

TEST_CASE("an event of an extra topic is an update for whoever reads them", "[api]") {
    tests::ApiFixture fixture;
    fixture.begin();
    auto client = fixture.stream("/v1/events?kinds=node_event&nodes=alpha");
    fixture.publish(slashing("beta", 1));
    fixture.publish(slashing("alpha", 1, R"({"a":["1"]})"));
    fixture.read_until(*client,
                       R"("node":"alpha","topic":"attester_slashing","data":{"a":["1"]},)");
    CHECK(client->count("event: node_event\n") == 1);
}

}  // namespace api_extra_topics_test
