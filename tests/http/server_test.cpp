#include "http/server.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "tests/support/loop.hpp"
#include "tests/support/raw_client.hpp"

using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

const asio::ip::tcp::endpoint kAnyPort{asio::ip::address_v4::loopback(), 0};

base::Task<void> echo(http::Exchange& exchange) {
    const http::ServerRequest& request = exchange.request();
    co_await exchange.respond(200, "text/plain",
                              request.method + " " + request.target + " " + request.body + "\n");
}

/// A running server with its loop.
struct Bench {
    explicit Bench(http::Handler handler, http::ServerLimits limits = {})
        : server{loop.get_executor(), kAnyPort, std::move(handler), limits} {
        asio::co_spawn(loop, server.run(),
                       asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr error) {
                           ended = true;
                           cancelled = error && base::is_cancellation(error);
                       }));
    }
    ~Bench() {
        if (!ended) {
            stop_and_wait();
        }
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    void stop_and_wait() {
        stop.emit(asio::cancellation_type::terminal);
        tests::run_until(loop, [this] { return ended; });
    }
    [[nodiscard]] unsigned short port() const { return server.endpoint().port(); }
    [[nodiscard]] tests::RawClient client() { return tests::RawClient{loop.get_executor()}; }
    /// Sends `bytes` on a new connection and returns all that comes until it ends.
    std::string answer_to(std::string bytes) {
        tests::RawClient it = client();
        tests::run(loop, it.connect(port()));
        tests::run(loop, it.send(std::move(bytes)));
        tests::run(loop, it.read_to_end());
        return it.received();
    }

    asio::io_context loop;
    http::Server server;
    asio::cancellation_signal stop;
    bool ended = false;
    bool cancelled = false;
};

std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

/// Waits for the client's end and notes that it returned, or was cancelled.
http::Handler wait_for_peer(std::string& notes) {
    return [&notes](http::Exchange& exchange) -> base::Task<void> {
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

TEST_CASE("a connection serves request after request", "[http][server]") {
    Bench bench{echo};
    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    tests::run(bench.loop, client.send(get("/one?x=1")));
    tests::run(bench.loop, client.read_until("GET /one?x=1 \n"));
    tests::run(bench.loop,
               client.send("PUT /two HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"));
    tests::run(bench.loop, client.read_until("PUT /two abc\n"));
    CHECK_FALSE(client.ended());
    CHECK(client.count("HTTP/1.1 200 OK\r\nDate: ") == 2);
    CHECK(client.count("Content-Length: 14\r\nContent-Type: text/plain\r\n") == 1);
    CHECK(bench.server.connections() == 1);
}

TEST_CASE("pipelined requests are answered in order", "[http][server]") {
    Bench bench{echo};
    const std::string all = bench.answer_to(
        get("/1") + get("/2") + "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(all.find("GET /1") < all.find("GET /2"));
    CHECK(all.find("GET /2") < all.find("GET /3"));
    CHECK(all.find("Connection: close") != std::string::npos);
}

TEST_CASE("a request that comes byte by byte is whole", "[http][server]") {
    Bench bench{echo};
    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    for (const char byte : get("/slow")) {
        tests::run(bench.loop, client.send(std::string(1, byte)));
    }
    tests::run(bench.loop, client.read_until("GET /slow"));
    CHECK(client.count("200 OK") == 1);
}

TEST_CASE("a chunked body and one behind 100-continue are read", "[http][server]") {
    Bench bench{echo};
    CHECK(bench
              .answer_to("POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                         "Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
              .find("POST /c abcde\n") != std::string::npos);

    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    tests::run(bench.loop, client.send("PUT /e HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                                       "Expect: 100-continue\r\n\r\n"));
    tests::run(bench.loop, client.read_until("HTTP/1.1 100 Continue\r\n\r\n"));
    tests::run(bench.loop, client.send("hi"));
    tests::run(bench.loop, client.read_until("PUT /e hi\n"));
    CHECK_FALSE(client.ended());
}

TEST_CASE("an HTTP 1.0 client gets a close unless it asks to keep the connection",
          "[http][server]") {
    Bench bench{echo};
    CHECK(bench.answer_to("GET / HTTP/1.0\r\n\r\n").find("Connection: close") != std::string::npos);
    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    tests::run(bench.loop, client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    tests::run(bench.loop, client.read_until("Connection: keep-alive\r\n"));
    CHECK_FALSE(client.ended());
}

TEST_CASE("a HEAD gets the length without the body", "[http][server]") {
    Bench bench{echo};
    const std::string all =
        bench.answer_to("HEAD /h HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(all.find("Content-Length: 9\r\n") != std::string::npos);
    CHECK(all.ends_with("\r\n\r\n"));
}

TEST_CASE("garbage is answered with 400 and the connection ends", "[http][server]") {
    Bench bench{echo};
    const std::vector<std::string> wrong{
        std::string{"\x16\x03\x01\x02\x00", 5} + "\x01\r\n\r\n",
        "hello\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    };
    for (const std::string& bytes : wrong) {
        INFO(bytes);
        const std::string all = bench.answer_to(bytes);
        CHECK(all.starts_with("HTTP/1.1 400 Bad Request\r\n"));
        CHECK(all.find("Connection: close") != std::string::npos);
    }
    CHECK(bench.answer_to("GET /ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
              .starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("headers and bodies beyond their limits get 431 and 413", "[http][server]") {
    http::ServerLimits limits;
    limits.header_bytes_max = 512;
    limits.body_bytes_max = 100;
    Bench bench{echo, limits};
    CHECK(bench.answer_to("GET / HTTP/1.1\r\nX: " + std::string(600, 'x') + "\r\n\r\n")
              .starts_with("HTTP/1.1 431 "));
    CHECK(bench.answer_to("GET /" + std::string(5000, 'x')).starts_with("HTTP/1.1 431 "));
    CHECK(bench.answer_to("PUT / HTTP/1.1\r\nContent-Length: 101\r\n\r\n")
              .starts_with("HTTP/1.1 413 "));
    CHECK(bench
              .answer_to("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" +
                         std::string(255, 'x') + "\r\n0\r\n\r\n")
              .starts_with("HTTP/1.1 413 "));
    CHECK(bench
              .answer_to("PUT / HTTP/1.1\r\nContent-Length: 100\r\nConnection: close\r\n\r\n" +
                         std::string(100, 'x'))
              .starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a client that sends no whole request in time is closed", "[http][server]") {
    http::ServerLimits limits;
    limits.request_timeout = 100ms;
    Bench bench{echo, limits};
    CHECK(bench.answer_to("").empty());
    CHECK(bench.answer_to("GET / HTTP/1.1\r\nHos").empty());
    // The time between two requests counts as well.
    CHECK(bench.answer_to(get("/once")).ends_with("GET /once \n"));
}

TEST_CASE("connections beyond the limit are turned away and counted", "[http][server]") {
    http::ServerLimits limits;
    limits.connections_max = 2;
    Bench bench{echo, limits};
    tests::RawClient first = bench.client();
    tests::RawClient second = bench.client();
    tests::run(bench.loop, first.connect(bench.port()));
    tests::run(bench.loop, second.connect(bench.port()));
    tests::run_until(bench.loop, [&] { return bench.server.connections() == 2; });

    tests::RawClient third = bench.client();
    tests::run(bench.loop, third.connect(bench.port()));
    tests::run(bench.loop, third.read_to_end());
    CHECK(third.received().empty());
    CHECK(bench.server.connections_refused() == 1);

    first.socket().close();
    tests::run_until(bench.loop, [&] { return bench.server.connections() == 1; });
    CHECK(bench.answer_to("GET /in HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
              .ends_with("GET /in \n"));
}

TEST_CASE("a client that ends only its own side gets its answer", "[http][server]") {
    Bench bench{echo};
    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    tests::run(bench.loop, client.send(get("/half")));
    client.socket().shutdown(asio::ip::tcp::socket::shutdown_send);
    tests::run(bench.loop, client.read_to_end());
    CHECK(client.received().ends_with("GET /half \n"));
    CHECK(client.was_closed());
}

TEST_CASE("a handler learns that its client is gone, by FIN or by RST", "[http][server]") {
    std::string notes;
    Bench bench{wait_for_peer(notes)};
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
    Bench bench{[](http::Exchange& exchange) -> base::Task<void> {
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
    Bench bench{[](http::Exchange& exchange) -> base::Task<void> {
                    co_await exchange.respond(200, "text/plain", std::string(30'000'000, 'x'));
                },
                limits};
    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    tests::run(bench.loop, client.send(get("/")));
    tests::run_until(bench.loop, [&] { return bench.server.connections() == 1; });
    tests::run_until(bench.loop, [&] { return bench.server.connections() == 0; });
}

TEST_CASE("raw bytes go out as they are and the connection ends with them", "[http][server]") {
    Bench bench{[](http::Exchange& exchange) -> base::Task<void> {
        co_await exchange.write_raw("HTTP/1.1 200 OK\r\n");
        co_await exchange.write_raw("\r\nbody");
    }};
    tests::RawClient client = bench.client();
    tests::run(bench.loop, client.connect(bench.port()));
    tests::run(bench.loop, client.send(get("/")));
    tests::run(bench.loop, client.read_to_end());
    CHECK(client.received() == "HTTP/1.1 200 OK\r\n\r\nbody");
    CHECK(client.was_closed());
}

TEST_CASE("a handler ends its connection by reset or by close", "[http][server]") {
    Bench bench{[](http::Exchange& exchange) -> base::Task<void> {
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

TEST_CASE("a handler that throws gives a 500, one without an answer a close", "[http][server]") {
    Bench bench{[](http::Exchange& exchange) -> base::Task<void> {
        if (exchange.request().target == "/throw") {
            throw std::runtime_error{"secret"};
        }
        co_return;
    }};
    const std::string all = bench.answer_to(get("/throw"));
    CHECK(all.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    CHECK(all.find("secret") == std::string::npos);
    CHECK(bench.answer_to(get("/nothing")).empty());
}

TEST_CASE("a cancelled server returns when every connection and its handler ended",
          "[http][server]") {
    std::string notes;
    Bench bench{wait_for_peer(notes)};
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
    Bench bench{[&cleaned_up](http::Exchange& exchange) -> base::Task<void> {
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
    Bench bench{echo, limits};
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
        std::make_unique<http::Server>(loop->get_executor(), kAnyPort, wait_for_peer(notes));
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
    Bench bench{echo};
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
    Bench bench{echo};
    asio::io_context loop;
    CHECK_THROWS_AS(http::Server(loop.get_executor(), bench.server.endpoint(), echo),
                    boost::system::system_error);
}
