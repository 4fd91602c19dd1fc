// Connections that wait without a request: how long, and who makes room.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "http/server.hpp"
#include "tests/http/server_fixture.hpp"

namespace server_idle_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using tests::get;
using tests::ServerFixture;

namespace {

/// Answers; the handler of "/held" then goes on until its client leaves.
base::Task<void> answer(http::ServerExchange& exchange) {
    co_await exchange.respond(200, "text/plain", exchange.request().target + "\n");
    if (exchange.request().target == "/held") {
        co_await exchange.peer_gone();
    }
}

http::ServerLimits two_connections() {
    http::ServerLimits limits;
    limits.connections_max = 2;
    return limits;
}

tests::RawClient connected(ServerFixture& fixture) {
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    return client;
}

void request(ServerFixture& fixture, tests::RawClient& client, const std::string& target) {
    tests::run(fixture.loop, client.send(get(target)));
    tests::run(fixture.loop, client.read_until(target + "\n"));
}

}  // namespace

TEST_CASE("a connection that requests nothing is closed after five seconds", "[http][server]") {
    CHECK(http::ServerLimits{}.idle_timeout == 5s);
    http::ServerLimits limits;
    limits.idle_timeout = 100ms;
    ServerFixture fixture{answer, limits};
    CHECK(fixture.answer_to("").empty());
    CHECK((fixture.server.limits_met() == http::LimitsMet{.idle_time = 1}));
    // Half a request is no request.
    CHECK(fixture.answer_to("GET / HTTP/1.1\r\nHos").empty());
    CHECK((fixture.server.limits_met() == http::LimitsMet{.idle_time = 1, .request_time = 1}));
}

TEST_CASE("the time for the first request ends with its headers", "[http][server]") {
    http::ServerLimits limits;
    limits.idle_timeout = 100ms;
    ServerFixture fixture{answer, limits};
    tests::RawClient client = connected(fixture);
    tests::run(fixture.loop, client.send("PUT /put HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                                         "Expect: 100-continue\r\n\r\n"));
    tests::run(fixture.loop, client.read_until("100 Continue\r\n\r\n"));
    // Another connection's time runs out meanwhile.
    CHECK(fixture.answer_to("").empty());
    tests::run(fixture.loop, client.send("x"));
    tests::run(fixture.loop, client.read_until("/put\n"));
    CHECK((fixture.server.limits_met() == http::LimitsMet{.idle_time = 1}));
}

TEST_CASE("after an answer a connection has the keep-alive time, and no limit is met",
          "[http][server]") {
    http::ServerLimits limits;
    limits.idle_timeout = 100ms;
    limits.keep_alive_timeout = 300ms;
    ServerFixture fixture{answer, limits};
    tests::RawClient client = connected(fixture);
    request(fixture, client, "/one");
    CHECK(fixture.answer_to("").empty());
    request(fixture, client, "/two");
    tests::run(fixture.loop, client.read_to_end());
    CHECK(client.was_closed());
    CHECK((fixture.server.limits_met() == http::LimitsMet{.idle_time = 1}));
}

TEST_CASE("a full server closes the connection that has waited longest for a new one",
          "[http][server]") {
    ServerFixture fixture{answer, two_connections()};
    tests::RawClient asked = connected(fixture);
    request(fixture, asked, "/a");
    tests::RawClient silent = connected(fixture);
    tests::run_until(fixture.loop, [&] { return fixture.server.connections() == 2; });
    // It has waited for less time than the silent one from here on.
    request(fixture, asked, "/b");

    tests::RawClient third = connected(fixture);
    request(fixture, third, "/third");
    tests::run(fixture.loop, silent.read_to_end());
    CHECK(silent.received().empty());
    CHECK((fixture.server.limits_met() == http::LimitsMet{.made_room = 1}));
    CHECK(fixture.server.connections() == 2);

    tests::RawClient fourth = connected(fixture);
    request(fixture, fourth, "/fourth");
    tests::run(fixture.loop, asked.read_to_end());
    CHECK(asked.count("200 OK") == 2);
    CHECK((fixture.server.limits_met() == http::LimitsMet{.made_room = 2}));
}

TEST_CASE("half a request makes room as well", "[http][server]") {
    ServerFixture fixture{answer, two_connections()};
    tests::RawClient slow = connected(fixture);
    tests::run(fixture.loop, slow.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n"
                                       "Expect: 100-continue\r\n\r\n"));
    tests::run(fixture.loop, slow.read_until("100 Continue"));
    tests::RawClient second = connected(fixture);
    request(fixture, second, "/second");
    tests::RawClient third = connected(fixture);
    request(fixture, third, "/third");
    tests::run(fixture.loop, slow.read_to_end());
    CHECK(slow.count("200 OK") == 0);
    CHECK((fixture.server.limits_met() == http::LimitsMet{.made_room = 1}));
}

TEST_CASE("a connection that is being answered is never closed for another", "[http][server]") {
    ServerFixture fixture{answer, two_connections()};
    std::vector<tests::RawClient> served;
    for (int i = 0; i < 2; ++i) {
        served.push_back(connected(fixture));
        request(fixture, served.back(), "/a");
        request(fixture, served.back(), "/held");
    }
    tests::RawClient late = connected(fixture);
    tests::run(fixture.loop, late.read_to_end());
    CHECK(late.received().empty());
    CHECK((fixture.server.limits_met() == http::LimitsMet{.connections = 1}));
    CHECK(fixture.server.connections() == 2);
    for (const tests::RawClient& client : served) {
        CHECK_FALSE(client.ended());
    }
}

TEST_CASE("a flood of connections leaves no more open than the limit", "[http][server]") {
    http::ServerLimits limits;
    limits.connections_max = 10;
    ServerFixture fixture{answer, limits};
    std::vector<tests::RawClient> flood;
    for (int i = 0; i < 300; ++i) {
        flood.push_back(connected(fixture));
        CHECK(fixture.server.connections() <= 10);
    }
    tests::run_until(fixture.loop, [&] { return fixture.server.limits_met().made_room == 290; });
    CHECK(fixture.answer_to("GET /in HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
              .ends_with("/in\n"));
}

}  // namespace server_idle_test
