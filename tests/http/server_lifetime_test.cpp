#include <string>
#include <vector>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "http/server.hpp"
#include "tests/http/server_bench.hpp"

using namespace std::chrono_literals;
namespace asio = boost::asio;
using tests::get;
using tests::ServerBench;

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
    ServerBench bench{wait_for_peer(notes)};
    for (const bool by_reset : {false, true}) {
        notes.clear();
        tests::RawClient client = bench.client();
        tests::run(bench.loop, client.connect(bench.port()));
        tests::run(bench.loop, client.send(get("/")));
        tests::run(bench.loop, client.read_until("\r\n\r\n"));
        CHECK(notes.empty());
        if (by_reset) {
            client.socket().set_option(asio::socket_base::linger(true, 0));
        }
        client.socket().close();
        tests::run_until(bench.loop, [&] { return bench.server.connections() == 0; });
        CHECK(notes == "gone ");
    }
}

TEST_CASE("resets at any time harm nobody else", "[http][server]") {
    ServerBench bench{[](http::ServerExchange& exchange) -> base::Task<void> {
        co_await exchange.respond(200, "text/plain", std::string(4'000'000, 'x'));
    }};
    const std::string request = get("/");
    for (const std::size_t sent :
         {std::size_t{0}, std::size_t{1}, std::size_t{16}, request.size()}) {
        tests::RawClient client = bench.client();
        tests::run(bench.loop, client.connect(bench.port()));
        tests::run(bench.loop, client.send(request.substr(0, sent)));
        client.socket().set_option(asio::socket_base::linger(true, 0));
        client.socket().close();
    }
    tests::RawClient reader = bench.client();
    tests::run(bench.loop, reader.connect(bench.port()));
    tests::run(bench.loop, reader.get("/"));
    tests::run(bench.loop, reader.read_to_end());
    CHECK(reader.received().size() > 4'000'000);
    CHECK(reader.was_closed());
    tests::run_until(bench.loop, [&] { return bench.server.connections() == 0; });
}

TEST_CASE("a client that takes no byte for the write timeout is dropped", "[http][server]") {
    http::ServerLimits limits;
    limits.write_timeout = 100ms;
    ServerBench bench{[](http::ServerExchange& exchange) -> base::Task<void> {
                          co_await exchange.respond(200, "text/plain",
                                                    std::string(30'000'000, 'x'));
                      },
                      limits};
    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    tests::run(bench.loop, client.send(get("/")));
    tests::run_until(bench.loop, [&] { return bench.server.connections() == 1; });
    tests::run_until(bench.loop, [&] { return bench.server.connections() == 0; });
    CHECK((bench.server.limits_met() == http::LimitsMet{.write_time = 1}));
}

TEST_CASE("a handler ends its connection by reset or by close", "[http][server]") {
    ServerBench bench{[](http::ServerExchange& exchange) -> base::Task<void> {
        if (exchange.request().target == "/reset") {
            exchange.reset();
            co_return;
        }
        exchange.close();
        co_await exchange.respond(200, "text/plain", "last\n");
    }};
    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    tests::run(bench.loop, client.send(get("/reset")));
    tests::run(bench.loop, client.read_to_end());
    CHECK(client.was_reset());

    const std::string all = bench.answer_to(get("/close"));
    CHECK(all.find("Connection: close\r\n") != std::string::npos);
    CHECK(all.ends_with("last\n"));
}

TEST_CASE("a cancelled server returns when every connection and its handler ended",
          "[http][server]") {
    std::string notes;
    ServerBench bench{wait_for_peer(notes)};
    std::vector<tests::RawClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(bench.client());
        tests::run(bench.loop, clients.back().connect(bench.port()));
    }
    // Two in their handlers, one that never asked.
    for (std::size_t i = 0; i < 2; ++i) {
        tests::run(bench.loop, clients[i].send(get("/")));
        tests::run(bench.loop, clients[i].read_until("\r\n\r\n"));
    }
    tests::run_until(bench.loop, [&] { return bench.server.connections() == 3; });
    bench.stop_and_wait();
    CHECK(bench.cancelled);
    CHECK(notes == "cancelled cancelled ");
    CHECK(bench.server.connections() == 0);
    for (tests::RawClient& client : clients) {
        tests::run(bench.loop, client.read_to_end());
        CHECK(client.was_closed());
    }
    tests::RawClient late = bench.client();
    CHECK_THROWS_AS(tests::run(bench.loop, late.connect(bench.port())),
                    boost::system::system_error);
}

TEST_CASE("a cancelled server waits for a handler that takes its time to end", "[http][server]") {
    bool cleaned_up = false;
    ServerBench bench{[&cleaned_up](http::ServerExchange& exchange) -> base::Task<void> {
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
    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    tests::run(bench.loop, client.send(get("/")));
    tests::run(bench.loop, client.read_until("\r\n\r\n"));
    bench.stop_and_wait();
    CHECK(cleaned_up);
}

TEST_CASE("a refused upload ends with a close, not with a reset", "[http][server]") {
    http::ServerLimits limits;
    limits.body_bytes_max = 100;
    ServerBench bench{echo, limits};
    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    tests::run(bench.loop, client.send("PUT / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" +
                                       std::string(300'000, 'x')));
    tests::run(bench.loop, client.read_to_end());
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
    ServerBench bench{echo};
    tests::RawClient standing = bench.client();
    tests::run(bench.loop, standing.connect(bench.port()));
    tests::run(bench.loop, standing.send(get("/a")));
    tests::run(bench.loop, standing.read_until("GET /a"));

    bench.server.close_listener();
    tests::RawClient refused = bench.client();
    CHECK_THROWS_AS(tests::run(bench.loop, refused.connect(bench.port())),
                    boost::system::system_error);
    tests::run(bench.loop, standing.send(get("/b")));
    tests::run(bench.loop, standing.read_until("GET /b"));
    CHECK(standing.count("200 OK") == 2);

    bench.server.open_listener();
    CHECK(bench.answer_to("GET /c HTTP/1.1\r\nConnection: close\r\n\r\n").ends_with("GET /c \n"));
}

TEST_CASE("a port in use is known before anything starts", "[http][server]") {
    ServerBench bench{echo};
    asio::io_context loop;
    CHECK_THROWS_AS(http::Server(loop.get_executor(), bench.server.endpoint(), echo),
                    boost::system::system_error);
}
