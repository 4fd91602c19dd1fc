#include <string>

#include <catch2/catch.hpp>

#include "tests/simulator/network_fixture.hpp"

namespace faults_test {

using namespace std::chrono_literals;
using simulator::FaultKind;
using tests::has_slot;
using tests::NetworkFixture;
using tests::scenario_with;

namespace {

/// A second node without faults: its heads show which slot it is.
simulator::Scenario with_reference(simulator::Scenario scenario) {
    simulator::NodeScript reference = scenario.nodes[0];
    reference.name = "reference";
    reference.client = "grandine";
    reference.faults.clear();
    scenario.nodes.push_back(reference);
    return scenario;
}

constexpr std::size_t kNode = 0;
constexpr std::size_t kReference = 1;

}  // namespace

TEST_CASE("down ends streams without a final chunk, refuses, and comes back on its port",
          "[simulator][faults]") {
    NetworkFixture fixture{with_reference(scenario_with("prysm", FaultKind::kDown))};
    const auto stream = fixture.stream(kNode);
    const auto reference = fixture.stream(kReference);
    fixture.run(stream->read_to_end());
    CHECK(stream->was_closed());
    CHECK(has_slot(*stream, 2));
    CHECK_FALSE(has_slot(*stream, 3));
    CHECK_FALSE(stream->received().ends_with("0\r\n\r\n"));
    CHECK(fixture.is_refused(kNode));
    fixture.read_to_slot(*reference, 4);
    CHECK(fixture.is_refused(kNode));
    fixture.read_to_slot(*reference, 6);
    const auto again = fixture.stream(kNode);
    fixture.run(again->read_until("event: head"));
    CHECK_FALSE(again->ended());
}

TEST_CASE("a node that is down from the start opens later", "[simulator][faults]") {
    auto scenario = with_reference(scenario_with("prysm", FaultKind::kDown));
    scenario.nodes[0].faults[0].from_slot = 0;
    scenario.nodes[0].faults[0].to_slot = 1;
    NetworkFixture fixture{scenario};
    const auto reference = fixture.stream(kReference);
    CHECK(fixture.is_refused(kNode));
    fixture.read_to_slot(*reference, 2);
    CHECK_FALSE(fixture.is_refused(kNode));
}

TEST_CASE("refuse leaves the streams that stand", "[simulator][faults]") {
    NetworkFixture fixture{scenario_with("prysm", FaultKind::kRefuse)};
    const auto stream = fixture.stream(kNode);
    fixture.read_to_slot(*stream, 3);
    CHECK(fixture.is_refused(kNode));
    fixture.read_to_slot(*stream, 6);
    for (std::uint64_t slot = 1; slot <= 6; ++slot) {
        CHECK(has_slot(*stream, slot));
    }
    CHECK_FALSE(fixture.is_refused(kNode));
}

TEST_CASE("hang_before_headers accepts and never answers", "[simulator][faults]") {
    NetworkFixture fixture{
        with_reference(scenario_with("lighthouse", FaultKind::kHangBeforeHeaders))};
    const auto standing = fixture.stream(kNode);
    const auto reference = fixture.stream(kReference);
    fixture.read_to_slot(*reference, 3);
    const auto rest = fixture.client();
    fixture.run(rest->connect(fixture.port(kNode)));
    fixture.run(rest->get("/eth/v1/node/version"));
    const auto stream = fixture.stream(kNode);
    fixture.read_to_slot(*reference, 7);
    CHECK(rest->socket().available() == 0);
    CHECK(stream->socket().available() == 0);
    fixture.read_to_slot(*standing, 4);
    CHECK(has_slot(*standing, 4));
    CHECK(fixture.get(kNode, "/eth/v1/node/version").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("hang_mid_stream is silence on the stream while REST goes on", "[simulator][faults]") {
    NetworkFixture fixture{with_reference(scenario_with("prysm", FaultKind::kHangMidStream))};
    const auto stream = fixture.stream(kNode);
    const auto reference = fixture.stream(kReference);
    fixture.read_to_slot(*stream, 2);
    fixture.read_to_slot(*reference, 4);
    CHECK(fixture.get(kNode, "/eth/v1/node/syncing").find("\"head_slot\":\"2\"") ==
          std::string::npos);
    fixture.read_to_slot(*stream, 6);
    CHECK(has_slot(*stream, 6));
    for (std::uint64_t slot = 3; slot <= 5; ++slot) {
        CHECK_FALSE(has_slot(*stream, slot));
    }
    // Prysm's keep-alive has the period of a slot: none of them either.
    const std::string body = tests::body_of(stream->received());
    const std::string gap = body.substr(body.find("{\"slot\":\"2\""));
    CHECK(gap.find(":\n\n:\n\n:\n\n") == std::string::npos);
}

TEST_CASE("close ends streams with the final chunk, new ones at once", "[simulator][faults]") {
    NetworkFixture fixture{scenario_with("nimbus", FaultKind::kClose)};
    const auto stream = fixture.stream(kNode);
    fixture.run(stream->read_to_end());
    CHECK(stream->was_closed());
    CHECK(has_slot(*stream, 2));
    CHECK_FALSE(has_slot(*stream, 3));
    CHECK(stream->received().ends_with("}\r\n\r\n\r\n0\r\n\r\n"));
    const auto next = fixture.stream(kNode);
    fixture.run(next->read_to_end());
    CHECK(next->received().starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(next->received().ends_with("\r\n\r\n0\r\n\r\n"));
    CHECK(tests::body_of(next->received()).empty());
}

TEST_CASE("reset_mid_event resets in the middle of a head", "[simulator][faults]") {
    for (const char* const client : {"lighthouse", "lodestar"}) {
        NetworkFixture fixture{scenario_with(client, FaultKind::kResetMidEvent)};
        const auto stream = fixture.stream(kNode);
        fixture.run(stream->read_to_end());
        CHECK(stream->was_reset());
        CHECK(has_slot(*stream, 2));
        CHECK_FALSE(has_slot(*stream, 3));
        CHECK(stream->count("{\"slot\":\"3\"") == 1);
    }
}

TEST_CASE("bad_gateway cuts streams and answers 502 with a page", "[simulator][faults]") {
    NetworkFixture fixture{scenario_with("teku", FaultKind::kBadGateway)};
    const auto stream = fixture.stream(kNode);
    fixture.run(stream->read_to_end());
    CHECK(stream->was_closed());
    CHECK_FALSE(stream->received().ends_with("0\r\n\r\n"));
    CHECK(has_slot(*stream, 2));
    for (const char* const target : {"/eth/v1/events?topics=head", "/eth/v1/node/version"}) {
        const std::string answer = fixture.get(kNode, target);
        CHECK(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
        CHECK(answer.find("Content-Type: text/html\r\n") != std::string::npos);
        CHECK(answer.find("<html>") != std::string::npos);
    }
}

TEST_CASE("slow_drip sends an event in many small pieces", "[simulator][faults]") {
    auto scenario = scenario_with("grandine", FaultKind::kSlowDrip);
    scenario.slot_duration = 200ms;
    NetworkFixture fixture{scenario};
    const auto stream = fixture.stream(kNode);
    fixture.read_to_slot(*stream, 2);
    int pieces = 0;
    while (!has_slot(*stream, 3) && !stream->ended()) {
        fixture.run(stream->read_some());
        ++pieces;
    }
    CHECK(has_slot(*stream, 3));
    CHECK(pieces > 10);
    fixture.read_to_slot(*stream, 6);
    CHECK(has_slot(*stream, 6));
}

TEST_CASE("refuse_topic is a 400 for whoever asks for the topic", "[simulator][faults]") {
    auto scenario = scenario_with("lighthouse", FaultKind::kRefuseTopic);
    scenario.nodes[0].faults[0].from_slot = 0;
    scenario.nodes[0].faults[0].to_slot = 1000;
    scenario.nodes[0].faults[0].topic = "head_v2";
    NetworkFixture fixture{scenario};
    CHECK(fixture.get(kNode, "/eth/v1/events?topics=head,head_v2")
              .ends_with(R"({"code":400,"message":"Invalid topic: head_v2"})"));
    const auto stream = fixture.stream(kNode, "topics=head,block");
    fixture.run(stream->read_until("event:head\n"));
    CHECK_FALSE(stream->ended());
}

TEST_CASE("silent_topic silences the whole stream of whoever asks for it", "[simulator][faults]") {
    for (const bool late_headers : {false, true}) {
        auto scenario = with_reference(
            scenario_with(late_headers ? "caplin" : "prysm", FaultKind::kSilentTopic));
        scenario.nodes[0].faults[0].from_slot = 0;
        scenario.nodes[0].faults[0].to_slot = 1000;
        scenario.nodes[0].faults[0].topic = "chain_reorg";
        NetworkFixture fixture{scenario};
        const auto silent = fixture.stream(kNode, "topics=head,chain_reorg");
        const auto speaks = fixture.stream(kNode, "topics=head,block");
        if (!late_headers) {
            fixture.run(silent->read_until("\r\n\r\n"));
            CHECK(silent->received().ends_with("\r\n\r\n"));
        }
        fixture.read_to_slot(*speaks, 3);
        CHECK(has_slot(*speaks, 3));
        CHECK(silent->socket().available() == 0);
        CHECK_FALSE(silent->ended());
    }
}

TEST_CASE("a client that leaves at any time harms no other", "[simulator][faults]") {
    auto scenario = scenario_with("lighthouse", FaultKind::kOptimistic);
    NetworkFixture fixture{scenario};
    const auto stays = fixture.stream(kNode);
    for (std::uint64_t slot = 0; slot < 6; ++slot) {
        const auto leaves = fixture.stream(kNode);
        fixture.read_to_slot(*stays, slot + 1);
        if (slot % 2 == 0) {
            leaves->socket().set_option(boost::asio::socket_base::linger(true, 0));
        }
        leaves->socket().close();
    }
    fixture.read_to_slot(*stays, 8);
    CHECK(has_slot(*stays, 8));
}

}  // namespace faults_test
