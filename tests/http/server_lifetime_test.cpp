#include <string>
#include <vector>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "http/server.hpp"
#include "tests/http/server_fixture.hpp"

namespace server_lifetime_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using tests::get;
using tests::ServerFixture;

namespace {

base::Task<void> echo(http::ServerExchange& exchange) {
    const http::ServerRequest& request = exchange.request();
    co_await exchange.respond(200, "text/plain",
                              request.method + " " + request.target + " " + request.body + "\n");
}

/// Waits for the client's end and notes that it returned, or was cancelled.
http::Handler wait_for_peer(std::string& notes) {
    return [&notes](http::ServerExchange& exchange) -> base::Task<void> {
        try {
            co_await exchange.write_raw("HTTP/1.1 200 OK\r\n\r\n");
            co_await exchange.peer_gone();
            notes += "gone ";
        } catch (const boost::system::system_error&) {
            notes += "cancelled ";
            throw;
        }
    };
}

}  // namespace

TEST_CASE("a handler learns that its client is gone, by FIN or by RST", "[http][server]") {
    std::string notes;
    ServerFixture fixture{wait_for_peer(notes)};
    for (const bool by_reset : {false, true}) {
        notes.clear();
        tests::RawClient client = fixture.client();
        tests::run(fixture.loop, client.connect(fixture.port()));
        tests::run(fixture.loop, client.send(get("/")));
        tests::run(fixture.loop, client.read_until("\r\n\r\n"));
        CHECK(notes.empty());
        if (by_reset) {
            client.socket().set_option(asio::socket_base::linger(true, 0));
        }
        client.socket().close();
        tests::run_until(fixture.loop, [&] { return fixture.server.connections() == 0; });
        CHECK(notes == "gone ");
    }
}

TEST_CASE("resets at any time harm nobody else", "[http][server]") {
    ServerFixture fixture{[](http::ServerExchange& exchange) -> base::Task<void> {
        co_await exchange.respond(200, "text/plain", std::string(4'000'000, 'x'));
    }};
    const std::string request = get("/");
    for (const std::size_t sent :
         {std::size_t{0}, std::size_t{1}, std::size_t{16}, request.size()}) {
        tests::RawClient client = fixture.client();
        tests::run(fixture.loop, client.connect(fixture.port()));
        tests::run(fixture.loop, client.send(request.substr(0, sent)));
        client.socket().set_option(asio::socket_base::linger(true, 0));
        client.socket().close();
    }
    tests::RawClient reader = fixture.client();
    tests::run(fixture.loop, reader.connect(fixture.port()));
    tests::run(fixture.loop, reader.get("/"));
    tests::run(fixture.loop, reader.read_to_end());
    CHECK(reader.received().size() > 4'000'000);
    CHECK(reader.was_closed());
    tests::run_until(fixture.loop, [&] { return fixture.server.connections() == 0; });
}

TEST_CASE("a client that takes no byte for the write timeout is dropped", "[http][server]") {
    http::ServerLimits limits;
    limits.write_timeout = 100ms;
    ServerFixture fixture{[](http::ServerExchange& exchange) -> base::Task<void> {
                              co_await exchange.respond(200, "text/plain",
                                                        std::string(30'000'000, 'x'));
                          },
                          limits};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send(get("/")));
    tests::run_until(fixture.loop, [&] { return fixture.server.connections() == 1; });
    tests::run_until(fixture.loop, [&] { return fixture.server.connections() == 0; });
    CHECK((fixture.server.limits_met() == http::LimitsMet{.write_time = 1}));
}

TEST_CASE("a handler ends its connection by reset or by close", "[http][server]") {
    ServerFixture fixture{[](http::ServerExchange& exchange) -> base::Task<void> {
        if (exchange.request().target == "/reset") {
            exchange.reset();
            co_return;
        }
        exchange.close();
        co_await exchange.respond(200, "text/plain", "last\n");
    }};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send(get("/reset")));
    tests::run(fixture.loop, client.read_to_end());
    CHECK(client.was_reset());

    const std::string all = fixture.answer_to(get("/close"));
    CHECK(all.find("Connection: close\r\n") != std::string::npos);
    CHECK(all.ends_with("last\n"));
}

TEST_CASE("a cancelled server returns when every connection and its handler ended",
          "[http][server]") {
    std::string notes;
    ServerFixture fixture{wait_for_peer(notes)};
    std::vector<tests::RawClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(fixture.client());
        tests::run(fixture.loop, clients.back().connect(fixture.port()));
    }
    // Two in their handlers, one that never asked.
    for (std::size_t i = 0; i < 2; ++i) {
        tests::run(fixture.loop, clients[i].send(get("/")));
        tests::run(fixture.loop, clients[i].read_until("\r\n\r\n"));
    }
    tests::run_until(fixture.loop, [&] { return fixture.server.connections() == 3; });
    fixture.stop_and_wait();
    CHECK(fixture.cancelled);
    CHECK(notes == "cancelled cancelled ");
    CHECK(fixture.server.connections() == 0);
    for (tests::RawClient& client : clients) {
        tests::run(fixture.loop, client.read_to_end());
        CHECK(client.was_closed());
    }
    tests::RawClient late = fixture.client();
    CHECK_THROWS_AS(tests::run(fixture.loop, late.connect(fixture.port())),
                    boost::system::system_error);
}

TEST_CASE("a cancelled server waits for a handler that takes its time to end", "[http][server]") {
    bool cleaned_up = false;
    ServerFixture fixture{[&cleaned_up](http::ServerExchange& exchange) -> base::Task<void> {
        co_await exchange.write_raw("HTTP/1.1 200 OK\r\n\r\n");
        try {
            co_await exchange.peer_gone();
        } catch (const boost::system::system_error&) {
        }
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        asio::steady_timer timer{co_await asio::this_coro::executor, 50ms};
        co_await timer.async_wait(asio::use_awaitable);
        cleaned_up = true;
    }};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send(get("/")));
    tests::run(fixture.loop, client.read_until("\r\n\r\n"));
    fixture.stop_and_wait();
    CHECK(cleaned_up);
}

TEST_CASE("a refused upload ends with a close, not with a reset", "[http][server]") {
    http::ServerLimits limits;
    limits.body_bytes_max = 100;
    ServerFixture fixture{echo, limits};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send("PUT / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" +
                                         std::string(300'000, 'x')));
    tests::run(fixture.loop, client.read_to_end());
    CHECK(client.received().starts_with("HTTP/1.1 413 "));
    CHECK(client.was_closed());
}

TEST_CASE("a loop that is destroyed under a running server destroys cleanly", "[http][server]") {
    std::string notes;
    auto loop = std::make_unique<asio::io_context>();
    auto server =
        std::make_unique<http::Server>(loop->get_executor(), tests::kAnyPort, wait_for_peer(notes));
    asio::co_spawn(*loop, server->run(), asio::detached);
    auto client = std::make_unique<tests::RawClient>(loop->get_executor());
    tests::run(*loop, client->connect(server->endpoint().port()));
    tests::run(*loop, client->send(get("/")));
    tests::run(*loop, client->read_until("\r\n\r\n"));
    client.reset();
    server.reset();
    loop.reset();
    CHECK(notes.empty());
}

TEST_CASE("a closed listener refuses, a reopened one accepts on the same port", "[http][server]") {
    std::string notes;
    ServerFixture fixture{echo};
    tests::RawClient standing = fixture.client();
    tests::run(fixture.loop, standing.connect(fixture.port()));
    tests::run(fixture.loop, standing.send(get("/a")));
    tests::run(fixture.loop, standing.read_until("GET /a"));

    fixture.server.close_listener();
    tests::RawClient refused = fixture.client();
    CHECK_THROWS_AS(tests::run(fixture.loop, refused.connect(fixture.port())),
                    boost::system::system_error);
    tests::run(fixture.loop, standing.send(get("/b")));
    tests::run(fixture.loop, standing.read_until("GET /b"));
    CHECK(standing.count("200 OK") == 2);

    fixture.server.open_listener();
    CHECK(fixture.answer_to("GET /c HTTP/1.1\r\nConnection: close\r\n\r\n").ends_with("GET /c \n"));
}

TEST_CASE("a port in use is known before anything starts", "[http][server]") {
    ServerFixture fixture{echo};
    asio::io_context loop;
    CHECK_THROWS_AS(http::Server(loop.get_executor(), fixture.server.endpoint(), echo),
                    boost::system::system_error);
}

}  // namespace server_lifetime_test
