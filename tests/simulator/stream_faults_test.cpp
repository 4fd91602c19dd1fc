#include <algorithm>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

#include "tests/simulator/network_fixture.hpp"

namespace stream_faults_test {

using namespace std::chrono_literals;
using simulator::FaultKind;
using tests::has_slot;
using tests::NetworkFixture;
using tests::scenario_with;

namespace {

constexpr std::size_t kNode = 0;
constexpr std::size_t kReference = 1;

/// A second node without faults: its heads show which slot it is.
simulator::Scenario with_reference(simulator::Scenario scenario) {
    simulator::NodeScript reference = scenario.nodes[0];
    reference.name = "reference";
    reference.client = "nimbus";
    reference.faults.clear();
    scenario.nodes.push_back(reference);
    return scenario;
}

std::size_t pieces_with_heads(NetworkFixture& fixture, tests::RawClient& stream,
                              std::uint64_t slot) {
    std::size_t pieces = 0;
    std::size_t heads = 0;
    while (!has_slot(stream, slot) && !stream.ended()) {
        fixture.run(stream.read_some());
        const std::size_t now = stream.count("event:head\n");
        pieces += now > heads ? 1 : 0;
        heads = now;
    }
    return pieces;
}

}  // namespace

TEST_CASE("stalled keeps the comments and loses the events", "[simulator][faults]") {
    NetworkFixture fixture{with_reference(scenario_with("caplin", FaultKind::kStalled))};
    const auto stream = fixture.stream(kNode);
    const auto reference = fixture.stream(kReference);
    fixture.read_to_slot(*stream, 2);
    fixture.read_to_slot(*reference, 3);
    const auto opened_later = fixture.stream(kNode);
    fixture.read_to_slot(*stream, 6);
    fixture.read_to_slot(*opened_later, 6);
    for (std::uint64_t slot = 3; slot <= 5; ++slot) {
        CHECK_FALSE(has_slot(*stream, slot));
        CHECK_FALSE(has_slot(*opened_later, slot));
    }
    // Between the heads of slots 2 and 6 a comment begins each slot.
    const std::string body = tests::body_of(stream->received());
    const std::size_t from = body.find("{\"slot\":\"2\"");
    const std::string between = body.substr(from, body.find("{\"slot\":\"6\"") - from);
    std::size_t comments = 0;
    for (std::size_t at = between.find("\n:\n"); at != std::string::npos;
         at = between.find("\n:\n", at + 1)) {
        ++comments;
    }
    CHECK(comments == 4);
}

TEST_CASE("stalled leaves the REST head moving", "[simulator][faults]") {
    NetworkFixture fixture{with_reference(scenario_with("prysm", FaultKind::kStalled))};
    const auto reference = fixture.stream(kReference);
    fixture.read_to_slot(*reference, 5);
    CHECK(fixture.get(kNode, "/eth/v1/node/syncing").find("\"head_slot\":\"2\"") ==
          std::string::npos);
}

TEST_CASE("buffered passes on many slots in one piece once it holds so many bytes",
          "[simulator][faults]") {
    auto scenario = with_reference(scenario_with("lighthouse", FaultKind::kBuffered));
    auto& fault = scenario.nodes[0].faults[0];
    fault.from_slot = 0;
    fault.to_slot = 9;
    // Three heads and some of the comments between them.
    fault.bytes = 1150;
    NetworkFixture fixture{scenario};
    const auto stream = fixture.stream(kNode);
    // The headers pass at once.
    fixture.run(stream->read_until("\r\n\r\n"));
    CHECK(stream->count("event:head\n") == 0);
    CHECK(pieces_with_heads(fixture, *stream, 6) == 2);
    // What is held when the proxy is gone is not lost.
    fixture.read_to_slot(*stream, 10);
    for (std::uint64_t slot = 1; slot <= 10; ++slot) {
        CHECK(has_slot(*stream, slot));
    }
}

TEST_CASE("buffered without a length lets nothing pass but with a keep-alive",
          "[simulator][faults]") {
    auto scenario = with_reference(scenario_with("caplin", FaultKind::kBuffered));
    scenario.nodes[0].faults[0].from_slot = 0;
    scenario.nodes[0].faults[0].to_slot = 1000;
    NetworkFixture fixture{scenario};
    const auto stream = fixture.stream(kNode);
    fixture.read_to_slot(*stream, 3);
    // Each head came together with the comment that begins the next slot.
    const std::string body = tests::body_of(stream->received());
    CHECK(body.ends_with("}\n\n:\n\n"));
}

TEST_CASE("buffered hands on what it holds when the node ends the stream", "[simulator][faults]") {
    auto scenario = scenario_with("grandine", FaultKind::kClose);
    simulator::Fault buffered;
    buffered.kind = FaultKind::kBuffered;
    buffered.to_slot = 1000;
    buffered.bytes = 1'000'000;
    scenario.nodes[0].faults.push_back(buffered);
    NetworkFixture fixture{scenario};
    const auto stream = fixture.stream(kNode);
    fixture.run(stream->read_to_end());
    CHECK(has_slot(*stream, 2));
    CHECK(stream->received().ends_with("0\r\n\r\n"));
}

TEST_CASE("unknown_topic is answered as the client answers it", "[simulator][faults]") {
    const auto answer_of = [](const char* client) {
        auto scenario = scenario_with(client, FaultKind::kUnknownTopic);
        scenario.nodes[0].faults[0].from_slot = 0;
        scenario.nodes[0].faults[0].to_slot = 1000;
        scenario.nodes[0].faults[0].topic = "head_v2";
        NetworkFixture fixture{scenario};
        return fixture.get(kNode, "/eth/v1/events?topics=head_v2,block");
    };
    CHECK(answer_of("lighthouse").starts_with("HTTP/1.1 400 Bad Request\r\n"));
    const std::string teku = answer_of("teku");
    CHECK(teku.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(teku.ends_with("\r\n\r\n0\r\n\r\n"));
}

TEST_CASE("a node comes back from down on another network behind its URL", "[simulator][faults]") {
    auto scenario = with_reference(scenario_with("prysm", FaultKind::kDown));
    simulator::Fault other = scenario.nodes[0].faults[0];
    other.kind = FaultKind::kOtherNetwork;
    other.from_slot = 6;
    other.to_slot = 1000;
    scenario.nodes[0].faults.push_back(other);
    NetworkFixture fixture{scenario};
    const auto reference = fixture.stream(kReference);
    const std::string before = fixture.get(kNode, "/eth/v1/beacon/genesis");
    fixture.read_to_slot(*reference, 4);
    CHECK(fixture.is_refused(kNode));
    fixture.read_to_slot(*reference, 6);
    const auto stream = fixture.stream(kNode);
    fixture.read_to_slot(*stream, 1007);
    const std::string after = fixture.get(kNode, "/eth/v1/beacon/genesis");
    CHECK(after.substr(after.find("{\"data\"")) != before.substr(before.find("{\"data\"")));
}

TEST_CASE("extra_event stands in front of each head, asked for or not", "[simulator][faults]") {
    auto scenario = scenario_with("lighthouse", FaultKind::kExtraEvent);
    scenario.nodes[0].faults[0].topic = "ping";
    NetworkFixture fixture{scenario};
    const auto stream = fixture.stream(kNode);
    fixture.read_to_slot(*stream, 7);
    const auto events = tests::events_of(tests::body_of(stream->received()));
    CHECK(std::count(events.begin(), events.end(), "ping {}") == 3);
    const auto ping = std::find(events.begin(), events.end(), "ping {}");
    REQUIRE(std::next(ping) != events.end());
    CHECK(std::next(ping)->starts_with("head {\"slot\":\"3\""));
}

TEST_CASE("cut ends the streams of each slot at its moment, and new ones are accepted",
          "[simulator][faults]") {
    auto scenario = scenario_with("lighthouse", FaultKind::kCut);
    scenario.nodes[0].faults[0].delay = 60ms;
    NetworkFixture fixture{scenario};
    for (std::uint64_t slot = 3; slot <= 5; ++slot) {
        // Right behind the cut of the slot before.
        const auto stream = fixture.stream(kNode);
        fixture.run(stream->read_to_end());
        // Without a final chunk.
        CHECK_FALSE(stream->received().ends_with("0\r\n\r\n"));
        CHECK(has_slot(*stream, slot));
    }
    const auto stream = fixture.stream(kNode);
    fixture.read_to_slot(*stream, 8);
}

TEST_CASE("stream_status cuts the streams and answers new ones with its status",
          "[simulator][faults]") {
    auto scenario = with_reference(scenario_with("prysm", FaultKind::kStreamStatus));
    scenario.nodes[0].faults[0].status = 429;
    scenario.nodes[0].faults[0].retry_after = 7s;
    NetworkFixture fixture{scenario};
    const auto stream = fixture.stream(kNode);
    fixture.run(stream->read_to_end());
    CHECK(has_slot(*stream, 2));
    const std::string answer = fixture.get(kNode, "/eth/v1/events?topics=head");
    CHECK(answer.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
    CHECK(answer.find("\r\nRetry-After: 7\r\n") != std::string::npos);
    CHECK(fixture.get(kNode, "/eth/v1/node/version").starts_with("HTTP/1.1 200 OK\r\n"));
    const auto reference = fixture.stream(kReference);
    fixture.read_to_slot(*reference, 6);
    const auto again = fixture.stream(kNode);
    fixture.read_to_slot(*again, 8);
}

}  // namespace stream_faults_test
