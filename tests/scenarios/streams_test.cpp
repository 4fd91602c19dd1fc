// What streams do that is wrong and ends nothing, what ends them, and what follows for the next
// one.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "logging/update_log.hpp"
#include "tests/scenarios/stage.hpp"
#include "updates/update.hpp"

using namespace std::chrono_literals;
using simulator::Fault;
using simulator::FaultKind;
using tests::Stage;
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

bool has_ended(const Stage& stage, StreamEndReason reason) {
    const auto ends = stage.ends("ill");
    return std::find(ends.begin(), ends.end(), reason) != ends.end();
}

/// In how many slots a node was asked for a stream from `from` on, and how often at most in one.
struct Attempts {
    std::size_t slots = 0;
    std::size_t most = 0;
};
Attempts attempts(const Stage& stage, std::uint64_t from) {
    std::map<std::uint64_t, std::size_t> by_slot;
    for (const tests::SeenRequest& request : stage.requests()) {
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
            Stage stage{beside_a_well_one(
                {on_topic(FaultKind::kExtraEvent, 1, tests::kForEver, type)}, client)};
            stage.play_to(8);
            // A head in place of another topic's head would be one that was asked for.
            const bool is_asked_for =
                std::string{type} == "head" && std::string{client} == "caplin";
            if (is_asked_for) {
                continue;
            }
            CHECK(stage.ends("ill").empty());
            for (std::uint64_t slot = 2; slot < 8; ++slot) {
                CHECK(stage.head("ill", slot).has_value());
            }
            CHECK(stage.status("ill").ignored >= 6);
            CHECK(stage.status("ill").last_ignored ==
                  (std::string{type} == "its-own" ? "another type" : type));
            CHECK(stage.status("well").ignored == 0);
        }
    }
}

TEST_CASE("a head_v2 that cannot be decoded leads to head, and that is kept",
          "[scenarios][streams][topics]") {
    Stage stage{beside_a_well_one({on_topic(FaultKind::kMalformed, 4, 6, "head_v2")})};
    stage.play_to(14);
    CHECK(stage.ends("ill") == std::vector<StreamEndReason>{StreamEndReason::kMalformed});
    CHECK(stage.topics_asked("ill") == Topics{kRichest, kMiddle});
    CHECK((stage.status("ill").topic_set == TopicSet::kHeadFull));
    for (std::uint64_t slot = 5; slot < 14; ++slot) {
        CHECK(stage.head("ill", slot).has_value());
    }
}

TEST_CASE("heads that cannot be decoded in any topic end each stream, until they can be",
          "[scenarios][streams][topics]") {
    Stage stage{beside_a_well_one({tests::fault(FaultKind::kMalformed, 4, 9)})};
    stage.play_to(14);
    const auto ends = stage.ends("ill");
    CHECK(ends.size() == 6);
    CHECK(std::count(ends.begin(), ends.end(), StreamEndReason::kMalformed) == 6);
    CHECK(stage.head("ill", 12).has_value());
    CHECK((stage.status("ill").state == updates::StreamState::kOpen));
}

TEST_CASE("an optional topic that cannot be decoded is left out at the next opening",
          "[scenarios][streams][topics]") {
    Stage stage{beside_a_well_one({on_topic(FaultKind::kMalformed, 3, tests::kForEver, "block"),
                                   tests::fault(FaultKind::kDown, 6, 6)})};
    stage.play_to(12);
    CHECK(stage.topics_asked("ill") ==
          Topics{kRichest, "head_v2,chain_reorg,finalized_checkpoint"});
    CHECK_FALSE(has_ended(stage, StreamEndReason::kMalformed));
    CHECK(stage.status("ill").malformed == 3);
    CHECK(stage.head("ill", 4).has_value());
    CHECK(stage.head("ill", 10).has_value());
}

TEST_CASE("a proxy that answers 200 and nothing refuses no topics",
          "[scenarios][streams][topics]") {
    Stage stage{beside_a_well_one({tests::fault(FaultKind::kClose, 3, 20)})};
    stage.play_to(24);
    const auto ends = stage.ends("ill");
    // The first stream had given heads.
    REQUIRE(ends.size() > 10);
    CHECK((ends.front() == StreamEndReason::kEof));
    CHECK(std::count(ends.begin(), ends.end(), StreamEndReason::kEmptyBody) ==
          static_cast<std::ptrdiff_t>(ends.size()) - 1);
    CHECK(attempts(stage, 4).most == 1);
    CHECK((stage.status("ill").state == updates::StreamState::kOpen));
    CHECK(stage.head("ill", 23).has_value());
}

TEST_CASE("a 400 to every set is a status, with three requests in a slot at most",
          "[scenarios][streams][topics]") {
    Stage stage{beside_a_well_one({status_of_streams(0, 12, 400)})};
    stage.play_to(18);
    CHECK(attempts(stage, 0).most == 3);
    CHECK_FALSE(has_ended(stage, StreamEndReason::kTopicRefused));
    CHECK(has_ended(stage, StreamEndReason::kHttpStatus));
    CHECK((stage.status("ill").topic_set == TopicSet::kHeadV2Full));
    CHECK(stage.head("ill", 16).has_value());
}

TEST_CASE("a Retry-After of the stream is obeyed, and shown with the time left",
          "[scenarios][streams][retry]") {
    for (const int status : {429, 503}) {
        Stage stage{beside_a_well_one({status_of_streams(4, 5, status, 60s)})};
        stage.play_to(5);
        const auto waits = stage.status("ill").retry_at;
        REQUIRE(waits.has_value());
        stage.play_to(14);
        const auto ended = stage.first<StreamEnded>([](const StreamEnded& one) {
            return one.node.name() == "ill" && one.reason == StreamEndReason::kHttpStatus;
        });
        CHECK(ended.slot == 4);
        // It was asked at the tick of slot 4, and not before the tick of slot 9.
        CHECK(attempts(stage, 5).slots == 1);
        const auto again = stage.first<updates::StreamOpened>([](const updates::StreamOpened& one) {
            return one.node.name() == "ill" && one.reopened;
        });
        CHECK(again.slot == 9);
        CHECK_FALSE(stage.status("ill").retry_at.has_value());
        CHECK(stage.head("ill", 12).has_value());
    }
}

TEST_CASE("another status than 429 and 503 makes nobody wait", "[scenarios][streams][retry]") {
    Stage stage{beside_a_well_one({status_of_streams(4, 7, 500, 600s)})};
    stage.play_to(12);
    CHECK(attempts(stage, 5).slots == 4);
    CHECK(stage.head("ill", 10).has_value());
}

TEST_CASE("no Retry-After keeps a stream away for more than 32 slots",
          "[scenarios][streams][retry]") {
    Stage stage{beside_a_well_one({status_of_streams(2, 3, 429, 86'400s)})};
    stage.play_to(40);
    const auto again = stage.first<updates::StreamOpened>(
        [](const updates::StreamOpened& one) { return one.node.name() == "ill" && one.reopened; });
    CHECK(again.slot == 34);
    CHECK(attempts(stage, 3).slots == 1);
}

TEST_CASE("a stream that repeats one old head is stalled, whatever is reopened",
          "[scenarios][streams][liveness]") {
    Stage stage{beside_a_well_one({tests::fault(FaultKind::kRepeats, 5, 14)})};
    stage.play_to(9);
    const auto ended = stage.first<StreamEnded>([](const StreamEnded& one) {
        return one.node.name() == "ill" && one.reason == StreamEndReason::kStalled;
    });
    CHECK(ended.slot <= 8);
    CHECK_THAT(ended.fact.detail, Catch::Contains("no new head for ") &&
                                      Catch::Contains(to_string(stage.root(6))) &&
                                      Catch::Contains("of slot 6"));
    stage.play_to(14);
    CHECK(stage.status("ill").is_stalled);
    stage.play_to(18);
    CHECK_FALSE(stage.status("ill").is_stalled);
    CHECK(stage.head("ill", 17).has_value());
    CHECK(stage.ends("well").empty());
}

TEST_CASE("the end of a silent stream says for how long it was", "[scenarios][streams][liveness]") {
    Stage stage{beside_a_well_one({tests::fault(FaultKind::kHangBeforeHeaders, 4, 12),
                                   tests::fault(FaultKind::kHangMidStream, 4, 12)})};
    stage.play_to(12);
    const auto ended = stage.first<StreamEnded>(
        [](const StreamEnded& one) { return one.reason == StreamEndReason::kSilent; });
    CHECK(ended.fact.node.name() == "ill");
    CHECK_THAT(ended.fact.detail, Catch::Matches("no byte for [45][0-9]\\.[0-9] s"));
}

TEST_CASE("a proxy that gathers three slots in one write is told as buffered",
          "[scenarios][streams][buffered]") {
    // Three slots' events are more than this, two are not.
    Fault gathers = tests::fault(FaultKind::kBuffered, 4, 40);
    gathers.bytes = 2'400;
    Stage stage{beside_a_well_one({gathers})};
    stage.play_to(20);
    const auto told = stage.told<updates::StreamBuffered>("ill");
    REQUIRE(told.size() == 1);
    CHECK(told.front().fact.is_buffered);
    // With the first heap, for its node has shown these heads by REST meanwhile.
    CHECK(told.front().slot <= 8);
    CHECK(stage.status("ill").is_buffered);
    CHECK(stage.told<updates::StreamBuffered>("well").empty());
}

TEST_CASE("without REST a proxy that gathers is told with the second heap",
          "[scenarios][streams][buffered]") {
    Fault gathers = tests::fault(FaultKind::kBuffered, 4, 40);
    gathers.bytes = 2'400;
    Fault mute = tests::fault(FaultKind::kRestDown, 4, 40);
    mute.status = 500;
    Stage stage{beside_a_well_one({gathers, mute})};
    stage.play_to(20);
    const auto told = stage.told<updates::StreamBuffered>("ill");
    REQUIRE(told.size() == 1);
    CHECK(told.front().slot > 8);
    CHECK(told.front().slot <= 12);
}

TEST_CASE("a node that is half a slot late in each slot lags, until it is not any more",
          "[scenarios][streams][lag]") {
    Fault late = tests::fault(FaultKind::kLagging, 5, 30);
    late.delay = 6s;
    Stage stage{beside_a_well_one({late})};
    stage.play_to(15);
    CHECK_FALSE(stage.status("ill").is_lagging);
    stage.play_to(24);
    CHECK(stage.status("ill").is_lagging);
    CHECK_FALSE(stage.status("well").is_lagging);
    CHECK(stage.ends("ill").empty());
    stage.play_to(50);
    CHECK_FALSE(stage.status("ill").is_lagging);
}

TEST_CASE("a lagging node that is left alone lags on, for nobody knows better",
          "[scenarios][streams][lag]") {
    Fault late = tests::fault(FaultKind::kLagging, 2, 60);
    late.delay = 6s;
    auto scenario = beside_a_well_one({late});
    scenario.nodes.at(1).faults = {tests::fault(FaultKind::kDown, 20, 60)};
    Stage stage{scenario};
    stage.play_to(20);
    REQUIRE(stage.status("ill").is_lagging);
    stage.play_to(50);
    CHECK(stage.status("ill").is_lagging);
}

TEST_CASE("streams that are cut in each slot are logged in few lines, one node or all",
          "[scenarios][streams][log]") {
    Fault cut = tests::fault(FaultKind::kCut, 2, tests::kForEver);
    cut.delay = 6s;
    auto scenario = beside_a_well_one({cut});
    scenario.nodes.at(1).faults = {cut};
    Stage stage{scenario};
    stage.play_to(300);
    CHECK(stage.ends("ill").size() > 290);
    logging::UpdateLog log;
    std::size_t lines = 0;
    for (const updates::Update& update : stage.updates()) {
        for (const logging::LogLine& line : log.lines(update)) {
            lines += line.level >= logging::LogLevel::kInfo ? 1U : 0U;
        }
    }
    // Of two nodes in the first hour; the start has six of them.
    CHECK(lines <= 60);
}
