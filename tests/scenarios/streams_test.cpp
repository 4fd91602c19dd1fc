// What streams do that is wrong and ends nothing, what ends them, and what follows for the next
// one.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "logging/update_log.hpp"
#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/update.hpp"

namespace streams_test {

using namespace std::chrono_literals;
using simulator::Fault;
using simulator::FaultKind;
using tests::ScenarioFixture;
using updates::StreamEnded;
using updates::StreamEndReason;
using updates::TopicSet;

namespace {

using Topics = std::vector<std::string>;

constexpr const char* kRichest = "head_v2,block,chain_reorg,finalized_checkpoint";
constexpr const char* kMiddle = "head,block,chain_reorg,finalized_checkpoint";

Fault on_topic(FaultKind kind, std::uint64_t from, std::uint64_t to, std::string topic) {
    Fault fault = tests::fault(kind, from, to);
    fault.topic = std::move(topic);
    return fault;
}

Fault status_of_streams(std::uint64_t from, std::uint64_t to, int status,
                        std::chrono::seconds retry_after = 0s) {
    Fault fault = tests::fault(FaultKind::kStreamStatus, from, to);
    fault.status = status;
    fault.retry_after = retry_after;
    return fault;
}

/// A well node beside one with these faults.
simulator::Scenario beside_a_well_one(std::vector<Fault> faults,
                                      const std::string& client = "lighthouse") {
    return tests::scene(
        {tests::node("ill", client, 1000, std::move(faults)), tests::node("well", "prysm", 1100)});
}

bool has_ended(const ScenarioFixture& fixture, StreamEndReason reason) {
    const auto ends = fixture.ends("ill");
    return std::find(ends.begin(), ends.end(), reason) != ends.end();
}

/// In how many slots a node was asked for a stream from `from` on, and how often at most in one.
struct Attempts {
    std::size_t slots = 0;
    std::size_t most = 0;
};
Attempts attempts(const ScenarioFixture& fixture, std::uint64_t from) {
    std::map<std::uint64_t, std::size_t> by_slot;
    for (const tests::SeenRequest& request : fixture.requests()) {
        if (request.node == "ill" && request.is_stream() && request.slot >= from) {
            ++by_slot[request.slot];
        }
    }
    Attempts all{by_slot.size(), 0};
    for (const auto& [slot, count] : by_slot) {
        all.most = std::max(all.most, count);
    }
    return all;
}

}  // namespace

TEST_CASE("events of a type that nobody asked for are counted, and the heads go on",
          "[scenarios][streams]") {
    for (const char* const type : {"ping", "message", "payload_attributes", "head", "its-own"}) {
        for (const char* const client : {"lighthouse", "teku", "caplin"}) {
            INFO(type << " on " << client);
            ScenarioFixture fixture{beside_a_well_one(
                {on_topic(FaultKind::kExtraEvent, 1, tests::kForEver, type)}, client)};
            fixture.play_to(8);
            // A head in place of another topic's head would be one that was asked for.
            const bool is_asked_for =
                std::string{type} == "head" && std::string{client} == "caplin";
            if (is_asked_for) {
                continue;
            }
            CHECK(fixture.ends("ill").empty());
            for (std::uint64_t slot = 2; slot < 8; ++slot) {
                CHECK(fixture.head("ill", slot).has_value());
            }
            CHECK(fixture.status("ill").ignored >= 6);
            CHECK(fixture.status("ill").last_ignored ==
                  (std::string{type} == "its-own" ? "another type" : type));
            CHECK(fixture.status("well").ignored == 0);
        }
    }
}

TEST_CASE("a head_v2 that cannot be decoded leads to head, and that is kept",
          "[scenarios][streams][topics]") {
    ScenarioFixture fixture{beside_a_well_one({on_topic(FaultKind::kMalformed, 4, 6, "head_v2")})};
    fixture.play_to(14);
    CHECK(fixture.ends("ill") == std::vector<StreamEndReason>{StreamEndReason::kMalformed});
    CHECK(fixture.topics_asked("ill") == Topics{kRichest, kMiddle});
    CHECK((fixture.status("ill").topic_set == TopicSet::kHeadFull));
    for (std::uint64_t slot = 5; slot < 14; ++slot) {
        CHECK(fixture.head("ill", slot).has_value());
    }
}

TEST_CASE("heads that cannot be decoded in any topic end each stream, until they can be",
          "[scenarios][streams][topics]") {
    ScenarioFixture fixture{beside_a_well_one({tests::fault(FaultKind::kMalformed, 4, 9)})};
    fixture.play_to(14);
    const auto ends = fixture.ends("ill");
    CHECK(ends.size() == 6);
    CHECK(std::count(ends.begin(), ends.end(), StreamEndReason::kMalformed) == 6);
    CHECK(fixture.head("ill", 12).has_value());
    CHECK((fixture.status("ill").state == updates::StreamState::kOpen));
}

TEST_CASE("an optional topic that cannot be decoded is left out at the next opening",
          "[scenarios][streams][topics]") {
    ScenarioFixture fixture{
        beside_a_well_one({on_topic(FaultKind::kMalformed, 3, tests::kForEver, "block"),
                           tests::fault(FaultKind::kDown, 6, 6)})};
    fixture.play_to(12);
    CHECK(fixture.topics_asked("ill") ==
          Topics{kRichest, "head_v2,chain_reorg,finalized_checkpoint"});
    CHECK_FALSE(has_ended(fixture, StreamEndReason::kMalformed));
    CHECK(fixture.status("ill").malformed == 3);
    CHECK(fixture.head("ill", 4).has_value());
    CHECK(fixture.head("ill", 10).has_value());
}

TEST_CASE("a proxy that answers 200 and nothing refuses no topics",
          "[scenarios][streams][topics]") {
    ScenarioFixture fixture{beside_a_well_one({tests::fault(FaultKind::kClose, 3, 20)})};
    fixture.play_to(24);
    const auto ends = fixture.ends("ill");
    // The first stream had given heads.
    REQUIRE(ends.size() > 10);
    CHECK((ends.front() == StreamEndReason::kEof));
    CHECK(std::count(ends.begin(), ends.end(), StreamEndReason::kEmptyBody) ==
          static_cast<std::ptrdiff_t>(ends.size()) - 1);
    CHECK(attempts(fixture, 4).most == 1);
    CHECK((fixture.status("ill").state == updates::StreamState::kOpen));
    CHECK(fixture.head("ill", 23).has_value());
}

TEST_CASE("a 400 to every set is a status, with three requests in a slot at most",
          "[scenarios][streams][topics]") {
    ScenarioFixture fixture{beside_a_well_one({status_of_streams(0, 12, 400)})};
    fixture.play_to(18);
    // The first opening and the first tick are in the same slot.
    CHECK(attempts(fixture, 1).most == 3);
    CHECK_FALSE(has_ended(fixture, StreamEndReason::kTopicRefused));
    CHECK(has_ended(fixture, StreamEndReason::kHttpStatus));
    CHECK((fixture.status("ill").topic_set == TopicSet::kHeadV2Full));
    CHECK(fixture.head("ill", 16).has_value());
}

TEST_CASE("a Retry-After of the stream is obeyed, and shown with the time left",
          "[scenarios][streams][retry]") {
    for (const int status : {429, 503}) {
        ScenarioFixture fixture{beside_a_well_one({status_of_streams(4, 5, status, 60s)})};
        fixture.play_to(5);
        const auto waits = fixture.status("ill").retry_at;
        REQUIRE(waits.has_value());
        fixture.play_to(14);
        const auto ended = fixture.first<StreamEnded>([](const StreamEnded& one) {
            return one.node.name() == "ill" && one.reason == StreamEndReason::kHttpStatus;
        });
        CHECK(ended.slot == 4);
        // It was asked at the tick of slot 4, and not before the tick of slot 9.
        CHECK(attempts(fixture, 5).slots == 1);
        const auto again =
            fixture.first<updates::StreamOpened>([](const updates::StreamOpened& one) {
                return one.node.name() == "ill" && one.reopened;
            });
        CHECK(again.slot == 9);
        CHECK_FALSE(fixture.status("ill").retry_at.has_value());
        CHECK(fixture.head("ill", 12).has_value());
    }
}

TEST_CASE("another status than 429 and 503 makes nobody wait", "[scenarios][streams][retry]") {
    ScenarioFixture fixture{beside_a_well_one({status_of_streams(4, 7, 500, 600s)})};
    fixture.play_to(12);
    CHECK(attempts(fixture, 5).slots == 4);
    CHECK(fixture.head("ill", 10).has_value());
}

TEST_CASE("no Retry-After keeps a stream away for more than 32 slots",
          "[scenarios][streams][retry]") {
    ScenarioFixture fixture{beside_a_well_one({status_of_streams(2, 3, 429, 86'400s)})};
    fixture.play_to(40);
    const auto again = fixture.first<updates::StreamOpened>(
        [](const updates::StreamOpened& one) { return one.node.name() == "ill" && one.reopened; });
    CHECK(again.slot == 34);
    CHECK(attempts(fixture, 3).slots == 1);
}

TEST_CASE("a stream that repeats one old head is stalled, whatever is reopened",
          "[scenarios][streams][liveness]") {
    ScenarioFixture fixture{beside_a_well_one({tests::fault(FaultKind::kRepeats, 5, 14)})};
    fixture.play_to(9);
    const auto ended = fixture.first<StreamEnded>([](const StreamEnded& one) {
        return one.node.name() == "ill" && one.reason == StreamEndReason::kStalled;
    });
    CHECK(ended.slot <= 8);
    CHECK_THAT(ended.fact.detail, Catch::Contains("no new head for ") &&
                                      Catch::Contains(to_string(fixture.root(6))) &&
                                      Catch::Contains("of slot 6"));
    fixture.play_to(14);
    CHECK(fixture.status("ill").is_stalled);
    fixture.play_to(18);
    CHECK_FALSE(fixture.status("ill").is_stalled);
    CHECK(fixture.head("ill", 17).has_value());
    CHECK(fixture.ends("well").empty());
}

TEST_CASE("the end of a silent stream says for how long it was", "[scenarios][streams][liveness]") {
    ScenarioFixture fixture{beside_a_well_one({tests::fault(FaultKind::kHangBeforeHeaders, 4, 12),
                                               tests::fault(FaultKind::kHangMidStream, 4, 12)})};
    fixture.play_to(12);
    const auto ended = fixture.first<StreamEnded>(
        [](const StreamEnded& one) { return one.reason == StreamEndReason::kSilent; });
    CHECK(ended.fact.node.name() == "ill");
    CHECK_THAT(ended.fact.detail, Catch::Matches("no byte for [45][0-9]\\.[0-9] s"));
}

TEST_CASE("a proxy that gathers three slots in one write is published as buffered",
          "[scenarios][streams][buffered]") {
    // Three slots' events are more than this, two are not.
    Fault gathers = tests::fault(FaultKind::kBuffered, 4, 40);
    gathers.bytes = 1'800;
    ScenarioFixture fixture{beside_a_well_one({gathers})};
    fixture.play_to(20);
    const auto published = fixture.published<updates::StreamBuffered>("ill");
    REQUIRE(published.size() == 1);
    CHECK(published.front().fact.is_buffered);
    // With the first heap, for its node has shown these heads by REST meanwhile.
    CHECK(published.front().slot <= 8);
    CHECK(fixture.status("ill").is_buffered);
    CHECK(fixture.published<updates::StreamBuffered>("well").empty());
}

TEST_CASE("without REST a proxy that gathers is published with the second heap",
          "[scenarios][streams][buffered]") {
    Fault gathers = tests::fault(FaultKind::kBuffered, 4, 40);
    gathers.bytes = 1'800;
    Fault mute = tests::fault(FaultKind::kRestDown, 4, 40);
    mute.status = 500;
    ScenarioFixture fixture{beside_a_well_one({gathers, mute})};
    fixture.play_to(20);
    const auto published = fixture.published<updates::StreamBuffered>("ill");
    REQUIRE(published.size() == 1);
    CHECK(published.front().slot > 8);
    CHECK(published.front().slot <= 12);
}

TEST_CASE("a node that is half a slot late in each slot lags, until it is not any more",
          "[scenarios][streams][lag]") {
    Fault late = tests::fault(FaultKind::kLagging, 5, 30);
    late.delay = 6s;
    ScenarioFixture fixture{beside_a_well_one({late})};
    fixture.play_to(15);
    CHECK_FALSE(fixture.status("ill").is_lagging);
    fixture.play_to(24);
    CHECK(fixture.status("ill").is_lagging);
    CHECK_FALSE(fixture.status("well").is_lagging);
    CHECK(fixture.ends("ill").empty());
    fixture.play_to(50);
    CHECK_FALSE(fixture.status("ill").is_lagging);
}

TEST_CASE("a lagging node that is left alone lags on, for nobody knows better",
          "[scenarios][streams][lag]") {
    Fault late = tests::fault(FaultKind::kLagging, 2, 60);
    late.delay = 6s;
    auto scenario = beside_a_well_one({late});
    scenario.nodes.at(1).faults = {tests::fault(FaultKind::kDown, 20, 60)};
    ScenarioFixture fixture{scenario};
    fixture.play_to(20);
    REQUIRE(fixture.status("ill").is_lagging);
    fixture.play_to(50);
    CHECK(fixture.status("ill").is_lagging);
}

TEST_CASE("streams that are cut in each slot are logged in few lines, one node or all",
          "[scenarios][streams][log]") {
    Fault cut = tests::fault(FaultKind::kCut, 2, tests::kForEver);
    cut.delay = 6s;
    auto scenario = beside_a_well_one({cut});
    scenario.nodes.at(1).faults = {cut};
    ScenarioFixture fixture{scenario};
    fixture.play_to(300);
    CHECK(fixture.ends("ill").size() > 290);
    logging::UpdateLog log;
    std::size_t lines = 0;
    for (const updates::Update& update : fixture.updates()) {
        for (const logging::LogLine& line : log.lines(update)) {
            lines += line.level >= logging::LogLevel::kInfo ? 1U : 0U;
        }
    }
    // Of two nodes in the first hour; the start has six of them.
    CHECK(lines <= 60);
}

}  // namespace streams_test
