// HAProxy's agent checks over real sockets.
#include <catch2/catch.hpp>

#include "api/agent_check.hpp"
#include "api/agent_server.hpp"
#include "tests/api/api_fixture.hpp"

using tests::ApiFixture;
using updates::NodeId;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace api_agent_test {

struct AgentFixture {
    explicit AgentFixture(std::chrono::milliseconds time = 60s)
        : server{loop.get_executor(), tests::kAnyPort,
                 [](std::string_view name) {
                     return name == "nobody" ? "" : "<" + std::string{name} + ">\n";
                 },
                 time} {
        asio::co_spawn(loop, server.run(),
                       asio::bind_cancellation_slot(stop.slot(),
                                                    [this](std::exception_ptr) { ended = true; }));
    }
    ~AgentFixture() { end(); }
    AgentFixture(const AgentFixture&) = delete;
    AgentFixture& operator=(const AgentFixture&) = delete;

    void end() {
        stop.emit(asio::cancellation_type::terminal);
        tests::run_until(loop, [this] { return ended; });
    }
    /// The answer to a connection that sends this, until its end.
    std::string ask(const std::string& bytes) {
        tests::RawClient client{loop.get_executor()};
        tests::run(loop, client.connect(server.endpoint().port()));
        tests::run(loop, client.send(bytes));
        tests::run(loop, client.read_to_end());
        return client.received();
    }

    asio::io_context loop;
    api::AgentServer server;
    asio::cancellation_signal stop;
    bool ended = false;
};

TEST_CASE("the best node is up, a good one stands by, the others drain or are down", "[api]") {
    ApiFixture fixture;
    const auto answer = [&](std::string_view name) {
        return api::agent_answer(fixture.api->board(), name, fixture.clock.now());
    };
    // Before the first run.
    CHECK(answer("alpha").empty());
    fixture.begin();
    // Before the first head there is nothing to choose by.
    CHECK(answer("alpha").empty());
    CHECK(answer("gamma") == "down #unknown_node\n");
    fixture.head("alpha", 100, 1);
    CHECK(answer("beta") == "drain #no_head\n");
    fixture.head("beta", 100, 1);
    CHECK(answer("alpha") == "ready up 100%\n");
    CHECK(answer("beta") == "ready up 1%\n");
    CHECK(answer("gamma") == "down #unknown_node\n");

    updates::NodeStatus status{NodeId{"beta"}};
    status.state = updates::StreamState::kOpen;
    status.network_check = updates::NetworkCheck::kMatch;
    status.is_behind = true;
    fixture.publish(status);
    CHECK(answer("beta") == "drain #behind\n");
    // The only one that is left is up, degraded as it is.
    fixture.set_health("alpha", false);
    CHECK(answer("alpha") == "down #no_stream\n");
    CHECK(answer("beta") == "ready up 100%\n");
    fixture.head("alpha", 103, 2);
    CHECK(answer("beta") == "drain #old_head\n");
}

TEST_CASE("two slots behind a run that no other one follows, agent checks get no answer", "[api]") {
    ApiFixture fixture;
    const auto answer = [&](std::string_view name) {
        return api::agent_answer(fixture.api->board(), name, fixture.clock.now());
    };
    fixture.begin();
    fixture.head("alpha", 100, 1);
    fixture.head("beta", 100, 1);
    fixture.end_run();
    fixture.clock.advance(24s);
    CHECK(answer("alpha") == "ready up 100%\n");
    CHECK(answer("beta") == "ready up 1%\n");
    fixture.clock.advance(1ms);
    for (const char* const name : {"alpha", "beta", "gamma"}) {
        CHECK(answer(name).empty());
    }
    fixture.begin();
    CHECK(answer("alpha") == "ready up 100%\n");
}

TEST_CASE("a line is a node's name, and the answer is a line", "[api]") {
    AgentFixture fixture;
    CHECK(fixture.ask("alpha\n") == "<alpha>\n");
    CHECK(fixture.ask(" alpha beta \r\nmore") == "<alpha beta>\n");
    CHECK(fixture.ask("\n") == "<>\n");
    CHECK(fixture.ask("nobody\n").empty());
    CHECK(fixture.server.limits_met() == api::AgentLimitsMet{});
}

TEST_CASE("a line that is too long, or never ends, is no line", "[api]") {
    AgentFixture fixture{200ms};
    CHECK(fixture.ask(std::string(127, 'x') + "\n") == "<" + std::string(127, 'x') + ">\n");
    CHECK(fixture.ask(std::string(500, 'x') + "\n").empty());
    CHECK(fixture.ask("alpha").empty());
    CHECK((fixture.server.limits_met() == api::AgentLimitsMet{0, 1, 1}));
}

TEST_CASE("connections beyond the limit are closed, and all of them at the end", "[api]") {
    AgentFixture fixture;
    std::vector<std::unique_ptr<tests::RawClient>> idle;
    for (std::size_t i = 0; i < api::AgentServer::kConnectionsMax; ++i) {
        idle.push_back(std::make_unique<tests::RawClient>(fixture.loop.get_executor()));
        tests::run(fixture.loop, idle.back()->connect(fixture.server.endpoint().port()));
    }
    tests::RawClient beyond{fixture.loop.get_executor()};
    tests::run(fixture.loop, beyond.connect(fixture.server.endpoint().port()));
    tests::run(fixture.loop, beyond.read_to_end());
    CHECK(fixture.server.limits_met().connections == 1);
    fixture.end();
    for (const auto& client : idle) {
        tests::run(fixture.loop, client->read_to_end());
    }
}

}  // namespace api_agent_test
