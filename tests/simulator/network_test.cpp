#include "simulator/network.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "chain/slot.hpp"
#include "simulator/node_plan.hpp"
#include "tests/simulator/network_fixture.hpp"

namespace network_test {

using namespace std::chrono_literals;
using simulator::Scenario;
using tests::NetworkFixture;

namespace {

/// The seven clients, in the order of the table.
enum Client : std::size_t { kLighthouse, kTeku, kPrysm, kNimbus, kLodestar, kGrandine, kCaplin };

Scenario seven_clients() {
    Scenario scenario = simulator::healthy_scenario(simulator::kClientCount);
    scenario.slot_duration = 100ms;
    return scenario;
}

/// What a stream of `topics` carries by the plan in slots 1 to `last`.
std::vector<std::string> planned(const Scenario& scenario, std::size_t node,
                                 const std::vector<std::string>& topics, std::uint64_t last) {
    const simulator::Chain chain{scenario.seed, scenario.skipped_percent};
    const simulator::NodePlan plan{scenario, node, chain};
    std::vector<std::string> events;
    for (std::uint64_t slot = 0; slot <= last; ++slot) {
        for (const simulator::Emission& emission : plan.emissions(slot)) {
            if (std::find(topics.begin(), topics.end(), emission.topic) != topics.end()) {
                events.push_back(emission.topic + " " + emission.data);
            }
        }
    }
    return events;
}

std::string head_data(const Scenario& scenario, std::size_t node, std::uint64_t slot) {
    return planned(scenario, node, {"head"}, slot).back().substr(5);
}

}  // namespace

TEST_CASE("streams carry the bytes of their client", "[simulator][network]") {
    const Scenario scenario = seven_clients();
    NetworkFixture fixture{scenario};
    std::vector<std::unique_ptr<tests::RawClient>> streams;
    for (std::size_t i = 0; i < simulator::kClientCount; ++i) {
        streams.push_back(fixture.stream(i));
    }
    const auto body = [&](std::size_t node, std::uint64_t slot) {
        fixture.read_to_slot(*streams[node], slot);
        return tests::body_of(streams[node]->received());
    };
    const auto data = [&](std::size_t node, std::uint64_t slot) {
        return head_data(scenario, node, slot);
    };
    for (const std::size_t node : {kLighthouse, kTeku, kPrysm, kNimbus, kGrandine}) {
        fixture.run(streams[node]->read_until("\r\n\r\n"));
        CHECK(streams[node]->received().starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK(streams[node]->count("\r\nDate: ") == 1);
        CHECK(streams[node]->count("\r\nContent-Type: text/event-stream\r\n") == 1);
        CHECK(streams[node]->count("{") == 0);
    }
    // These two send no byte before genesis.
    CHECK(streams[kLodestar]->socket().available() == 0);
    CHECK(streams[kCaplin]->socket().available() == 0);

    CHECK(body(kLighthouse, 1).find("event:head\ndata:" + data(kLighthouse, 1) + "\n\n") !=
          std::string::npos);
    CHECK(body(kTeku, 1).starts_with(": ready\n"));
    CHECK(body(kTeku, 1).find("event: head\ndata: " + data(kTeku, 1) + "\n\n") !=
          std::string::npos);
    CHECK(body(kTeku, 4).find("event: head\n: \ndata: " + data(kTeku, 4) + "\n\n") !=
          std::string::npos);
    CHECK(body(kPrysm, 1).starts_with(":\n\n"));
    CHECK(body(kNimbus, 2)
              .starts_with("event: head\r\ndata: " + data(kNimbus, 1) +
                           "\r\n\r\nevent: head\r\ndata: " + data(kNimbus, 2) + "\r\n\r\n"));
    CHECK(body(kLodestar, 2)
              .starts_with("event: head\ndata: " + data(kLodestar, 1) +
                           "\n\n\nevent: head\ndata: " + data(kLodestar, 2) + "\n\n\n"));
    CHECK(body(kCaplin, 1).starts_with(":\n\n"));
    CHECK(body(kCaplin, 2).find("\n\n:\n\nevent: head\ndata: " + data(kCaplin, 2) + "\n\n") !=
          std::string::npos);
    // A comment is a chunk of its own. Prysm's first one is its greeting.
    for (const std::size_t node : {kLighthouse, kPrysm, kGrandine, kCaplin}) {
        fixture.run(streams[node]->read_until("\r\n3\r\n:\n\n\r\n", 3));
    }
    CHECK(streams[kNimbus]->count("\n:") == 0);
    CHECK(streams[kLodestar]->count("\n:") == 0);
}

TEST_CASE("a client that is idle for its period gets a keep-alive", "[simulator][network]") {
    Scenario scenario = seven_clients();
    scenario.skipped_percent = 100;
    NetworkFixture fixture{scenario};
    const auto teku = fixture.stream(kTeku);
    fixture.run(teku->read_until("\r\n: \n\r\n", 2));
    CHECK(tests::body_of(teku->received()) == ": ready\n: \n: \n");
}

TEST_CASE("two networks with the same seed send the same events", "[simulator][network]") {
    Scenario scenario = seven_clients();
    scenario.skipped_percent = 20;
    NetworkFixture one{scenario};
    NetworkFixture other{scenario};
    scenario.seed = 2;
    NetworkFixture different{scenario};
    scenario.seed = 1;
    const std::string topics = "topics=block&topics=head";
    const simulator::Chain chain{1, 20};
    const std::uint64_t last =
        chain.block_at_or_before(simulator::Branch{}, chain::Slot{8}).slot.value;
    for (const std::size_t node : {kLighthouse, kTeku, kNimbus, kLodestar}) {
        const auto a = one.stream(node, topics);
        const auto b = other.stream(node, topics);
        const auto c = different.stream(node, topics);
        const std::size_t count = 6;
        one.run(a->read_until("{\"slot\"", count));
        other.run(b->read_until("{\"slot\"", count));
        different.run(c->read_until("{\"slot\"", count));
        if (node != kLighthouse) {
            continue;
        }
        // Opened before genesis: all of it is there, from the first slot on.
        one.read_to_slot(*a, last);
        other.read_to_slot(*b, last);
        const auto events = tests::events_of(tests::body_of(a->received()));
        const auto same = tests::events_of(tests::body_of(b->received()));
        const auto unlike = tests::events_of(tests::body_of(c->received()));
        const auto plan = planned(scenario, node, {"head", "block"}, last);
        const std::size_t whole = std::min({events.size(), same.size(), plan.size()});
        REQUIRE(whole >= 6);
        CHECK(std::equal(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(whole),
                         same.begin()));
        CHECK(std::equal(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(whole),
                         plan.begin()));
        CHECK(events.front() != unlike.front());
    }
}

TEST_CASE("contents faults reach the stream as planned", "[simulator][network]") {
    using simulator::Fault;
    using simulator::FaultKind;
    Scenario scenario = seven_clients();
    const std::vector<FaultKind> kinds{
        FaultKind::kMalformed, FaultKind::kOversize,   FaultKind::kOptimistic,  FaultKind::kLagging,
        FaultKind::kForked,    FaultKind::kCatchingUp, FaultKind::kOtherNetwork};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        Fault fault;
        fault.kind = kinds[i];
        fault.from_slot = 3;
        fault.to_slot = 5;
        fault.bytes = 100'000;
        fault.delay = 50ms;
        scenario.nodes[i].client = "grandine";
        scenario.nodes[i].faults.push_back(fault);
    }
    NetworkFixture fixture{scenario};
    std::vector<std::unique_ptr<tests::RawClient>> streams;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        streams.push_back(fixture.stream(i, "topics=head,chain_reorg"));
    }
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        INFO(simulator::to_string(kinds[i]));
        fixture.read_to_slot(*streams[i], 7);
        auto events = tests::events_of(tests::body_of(streams[i]->received()));
        const auto plan = planned(scenario, i, {"head", "chain_reorg"}, 7);
        REQUIRE(events.size() >= plan.size());
        events.resize(plan.size());
        CHECK(events == plan);
    }
}

TEST_CASE("REST and the stream agree on the head", "[simulator][network]") {
    const Scenario scenario = seven_clients();
    NetworkFixture fixture{scenario};
    CHECK(fixture.get(kPrysm, "/eth/v1/node/syncing").find("\"head_slot\":\"0\"") !=
          std::string::npos);
    const auto stream = fixture.stream(kPrysm);
    fixture.read_to_slot(*stream, 2);
    const std::string answer = fixture.get(kPrysm, "/eth/v1/beacon/headers/head");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(answer.find("\"slot\":\"0\"") == std::string::npos);
    CHECK(fixture.get(kPrysm, "/eth/v1/nothing").starts_with("HTTP/1.1 404 Not Found\r\n"));
    const auto client = fixture.client();
    fixture.run(client->connect(fixture.port(kPrysm)));
    fixture.run(client->send("POST /eth/v1/node/version HTTP/1.1\r\nConnection: close\r\n\r\n"));
    fixture.run(client->read_to_end());
    CHECK(client->received().starts_with("HTTP/1.1 405 "));
}

TEST_CASE("genesis is a whole second, soon, and slot 1 has its head then", "[simulator][network]") {
    const Scenario scenario = seven_clients();
    const auto before = std::chrono::system_clock::now();
    NetworkFixture fixture{scenario};
    const std::string answer = fixture.get(kNimbus, "/eth/v1/beacon/genesis");
    const std::size_t at = answer.find("\"genesis_time\":\"");
    REQUIRE(at != std::string::npos);
    const std::chrono::system_clock::time_point genesis{
        std::chrono::seconds{std::stoll(answer.substr(at + 16, 10))}};
    CHECK((genesis - before >= 300ms));
    CHECK((genesis - before <= 1400ms));
    const auto stream = fixture.stream(kNimbus);
    fixture.read_to_slot(*stream, 1);
    CHECK((std::chrono::system_clock::now() >= genesis + 100ms));
}

TEST_CASE("an unknown topic gets what the client gives for it", "[simulator][network]") {
    NetworkFixture fixture{seven_clients()};
    for (const std::size_t node : {kLighthouse, kPrysm, kNimbus, kGrandine, kCaplin}) {
        const std::string answer = fixture.get(node, "/eth/v1/events?topics=head,nosuch");
        CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
        CHECK(answer.ends_with(R"({"code":400,"message":"Invalid topic: nosuch"})"));
    }
    CHECK(fixture.get(kLighthouse, "/eth/v1/events").starts_with("HTTP/1.1 400 "));
    CHECK(fixture.get(kPrysm, "/eth/v1/events?topics=head_v2").starts_with("HTTP/1.1 400 "));
    const std::string teku = fixture.get(kTeku, "/eth/v1/events?topics=nosuch");
    CHECK(teku.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(teku.ends_with("\r\n\r\n0\r\n\r\n"));

    const auto knows = fixture.stream(kLighthouse, "topics=head_v2");
    const auto hangs = fixture.stream(kLodestar, "topics=head_v2&topics=head");
    const auto list = fixture.stream(kLodestar, "topics=head,block");
    const auto delivers = fixture.stream(kLodestar, "topics=head&topics=head_v2");
    fixture.run(knows->read_until("event:head_v2\n", 3));
    fixture.run(delivers->read_until("event: head\n", 3));
    CHECK(hangs->socket().available() == 0);
    CHECK(list->socket().available() == 0);
}

TEST_CASE("a network that is stopped leaves no connection", "[simulator][network]") {
    NetworkFixture fixture{seven_clients()};
    const auto stream = fixture.stream(kGrandine);
    fixture.read_to_slot(*stream, 1);
    fixture.stop();
    fixture.run(stream->read_to_end());
    CHECK(stream->was_closed());
    CHECK(fixture.is_refused(kGrandine));
}

TEST_CASE("a port in use is told when the network is made", "[simulator][network]") {
    NetworkFixture fixture{seven_clients()};
    Scenario scenario = seven_clients();
    scenario.nodes[1].port = fixture.port(2);
    boost::asio::io_context loop;
    base::SystemClock clock{loop.get_executor()};
    CHECK_THROWS_WITH(simulator::Network(loop.get_executor(), clock, scenario),
                      "node " + scenario.nodes[1].name + ": port " +
                          std::to_string(fixture.port(2)) +
                          ": Address already in use; choose another port, or 0 for a free one");
}

}  // namespace network_test
