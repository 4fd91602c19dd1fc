#include "api/beacon_events.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "api/beacon_event_json.hpp"
#include "beacon_api/events.hpp"
#include "sse/parser.hpp"
#include "tests/api/merged_fixture.hpp"
#include "tests/support/loop.hpp"

using tests::head;
using tests::MergedFixture;
using tests::root;
using tests::topics_of;
using updates::NodeId;

namespace api_beacon_events_test {

updates::NodeReorg reorg(const std::string& node, std::uint8_t from, std::uint8_t to,
                         std::uint64_t slot = 11) {
    return {NodeId{node}, chain::Slot{slot}, 1,  root(from), root(to),
            root(30),     root(31),          {}, false};
}

updates::NodeBlock block(const std::string& node, std::uint64_t slot, std::uint8_t number) {
    return {NodeId{node}, chain::Slot{slot}, root(number), false};
}

/// What we write of an event that a node has sent.
std::string written(const beacon_api::ChainEvent& event, std::string_view topic) {
    if (const auto* head = std::get_if<chain::Head>(&event)) {
        return topic == "head" ? api::head_json(*head) : api::head_v2_json(*head);
    }
    if (const auto* one = std::get_if<beacon_api::BlockEvent>(&event)) {
        return api::block_json({NodeId{"a"}, one->slot, one->block, one->execution_optimistic});
    }
    if (const auto* one = std::get_if<beacon_api::ChainReorgEvent>(&event)) {
        return api::chain_reorg_json({NodeId{"a"}, one->slot, one->depth, one->old_head_block,
                                      one->new_head_block, one->old_head_state, one->new_head_state,
                                      one->epoch, one->execution_optimistic, one->old_head_hash,
                                      one->new_head_hash});
    }
    return api::finalized_checkpoint_json(std::get<chain::FinalizedCheckpoint>(event));
}

TEST_CASE("each event is written as the specification's example has it", "[api]") {
    beacon_api::EventDecoder decoder;
    std::string topics;
    sse::Parser parser{
        1 << 20, [&](const sse::Event& event) {
            if (std::find(api::kTopics.begin(), api::kTopics.end(), event.type) ==
                api::kTopics.end()) {
                return;
            }
            topics.append(event.type).append(" ");
            const std::string data{event.data};
            const auto decoded = decoder.decode(event.type, data).value();
            auto expected = boost::json::parse(data).as_object();
            if (event.type == "chain_reorg") {
                // The example's lacks a digit.
                REQUIRE(expected.erase("old_head_hash") == 1);
                REQUIRE(expected.contains("new_head_hash"));
            }
            CHECK(boost::json::parse(written(decoded, event.type)).as_object() == expected);
        }};
    REQUIRE(parser.feed(tests::fixture("beacon-api/eventstream.sse")).has_value());
    for (const std::string_view topic : api::kTopics) {
        CHECK(topics.find(std::string{topic} + " ") != std::string::npos);
    }
}

TEST_CASE("a block is given once, and not when it is old", "[api]") {
    MergedFixture merged;
    CHECK(topics_of(merged.publishes(block("a", 10, 1))) == "block");
    CHECK(merged.publishes(block("b", 10, 1)).empty());
    CHECK(topics_of(merged.publishes(block("b", 10, 2))) == "block");
    merged.reports("a", head(100, 3), true);
    CHECK(merged.publishes(block("b", 67, 4)).empty());
    CHECK(topics_of(merged.publishes(block("b", 68, 5))) == "block");
    merged.is_good = false;
    CHECK(merged.publishes(block("b", 100, 6)).empty());
}

TEST_CASE("a checkpoint is given once for each content", "[api]") {
    MergedFixture merged;
    const auto finalized = [](const std::string& node, std::uint64_t epoch, std::uint8_t number) {
        return updates::Finalized{NodeId{node},
                                  {root(number), root(number), chain::Epoch{epoch}, false}};
    };
    CHECK(topics_of(merged.publishes(finalized("a", 5, 1))) == "finalized_checkpoint");
    CHECK(merged.publishes(finalized("b", 5, 1)).empty());
    CHECK(topics_of(merged.publishes(finalized("b", 5, 2))) == "finalized_checkpoint");
    // A lie about a far epoch does not silence what is true.
    CHECK(topics_of(merged.publishes(finalized("b", 1'000'000, 3))) == "finalized_checkpoint");
    CHECK(topics_of(merged.publishes(finalized("a", 6, 4))) == "finalized_checkpoint");
}

TEST_CASE("a reorg is given once the merged head went so, claimed before or after", "[api]") {
    MergedFixture merged;
    merged.reports("a", head(10, 1), true);
    CHECK(merged.publishes(reorg("a", 1, 2)).empty());
    CHECK(topics_of(merged.reports("a", head(11, 2), true)) == "head chain_reorg");
    CHECK(merged.publishes(reorg("b", 1, 2)).empty());
    merged.reports("a", head(11, 3), true);
    CHECK(topics_of(merged.publishes(reorg("b", 2, 3))) == "chain_reorg");
}

TEST_CASE("a reorg that the merged head did not make is not given", "[api]") {
    MergedFixture merged;
    merged.reports("a", head(10, 1), true);
    merged.reports("a", head(11, 2), true);
    // The other way round, from elsewhere, to elsewhere.
    CHECK(merged.publishes(reorg("b", 2, 1)).empty());
    CHECK(merged.publishes(reorg("b", 9, 2)).empty());
    CHECK(merged.publishes(reorg("b", 2, 9)).empty());
    merged.is_good = false;
    CHECK(merged.publishes(reorg("b", 1, 2)).empty());
}

TEST_CASE("invented checkpoints make room for their own node's alone", "[api]") {
    MergedFixture merged;
    const auto finalized = [](const std::string& node, std::uint64_t epoch) {
        return updates::Finalized{NodeId{node}, {root(1), root(1), chain::Epoch{epoch}, false}};
    };
    CHECK(topics_of(merged.publishes(finalized("a", 5))) == "finalized_checkpoint");
    for (std::uint64_t i = 0; i < 200; ++i) {
        merged.publishes(finalized("liar", 1000 + i));
    }
    CHECK(merged.publishes(finalized("b", 5)).empty());
}

TEST_CASE("variants of one reorg are one, and a second one is another", "[api]") {
    MergedFixture merged;
    merged.reports("a", head(10, 1), true);
    merged.reports("a", head(11, 2), true);
    CHECK(topics_of(merged.publishes(reorg("b", 1, 2))) == "chain_reorg");
    for (std::uint64_t slot = 12; slot < 200; ++slot) {
        CHECK(merged.publishes(reorg("liar", 1, 2, slot)).empty());
    }
    merged.reports("a", head(10, 1), true);
    CHECK(topics_of(merged.reports("a", head(11, 2), true)) == "head chain_reorg");
    CHECK(merged.publishes(reorg("b", 1, 2)).empty());
}

TEST_CASE("claims of one node make no room among another one's", "[api]") {
    MergedFixture merged;
    merged.reports("a", head(10, 1), true);
    merged.publishes(reorg("b", 1, 2));
    for (std::uint8_t i = 0; i < 100; ++i) {
        merged.publishes(reorg("liar", static_cast<std::uint8_t>(100 + i), 99));
    }
    CHECK(topics_of(merged.reports("a", head(11, 2), true)) == "head chain_reorg");
}

TEST_CASE("of claims that are not confirmed the oldest make room", "[api]") {
    MergedFixture merged;
    merged.reports("a", head(10, 1), true);
    merged.publishes(reorg("b", 1, 2));
    for (std::uint8_t i = 0; i < api::BeaconEvents::kClaimsMax; ++i) {
        merged.publishes(reorg("b", static_cast<std::uint8_t>(100 + i), 99));
    }
    CHECK(topics_of(merged.reports("a", head(11, 2), true)) == "head");
}

}  // namespace api_beacon_events_test
