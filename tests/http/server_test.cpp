#include "http/server.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/http/server_fixture.hpp"

namespace server_test {

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

}  // namespace

TEST_CASE("a connection serves request after request", "[http][server]") {
    ServerFixture fixture{echo};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send(get("/one?x=1")));
    tests::run(fixture.loop, client.read_until("GET /one?x=1 \n"));
    tests::run(fixture.loop,
               client.send("PUT /two HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"));
    tests::run(fixture.loop, client.read_until("PUT /two abc\n"));
    CHECK_FALSE(client.ended());
    CHECK(client.count("HTTP/1.1 200 OK\r\nDate: ") == 2);
    CHECK(client.count("Content-Length: 14\r\nContent-Type: text/plain\r\n") == 1);
    CHECK(fixture.server.connections() == 1);
}

TEST_CASE("pipelined requests are answered in order", "[http][server]") {
    ServerFixture fixture{echo};
    const std::string all = fixture.answer_to(
        get("/1") + get("/2") + "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(all.find("GET /1") < all.find("GET /2"));
    CHECK(all.find("GET /2") < all.find("GET /3"));
    CHECK(all.find("Connection: close") != std::string::npos);
}

TEST_CASE("a request that comes byte by byte is whole", "[http][server]") {
    ServerFixture fixture{echo};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    for (const char byte : get("/slow")) {
        tests::run(fixture.loop, client.send(std::string(1, byte)));
    }
    tests::run(fixture.loop, client.read_until("GET /slow"));
    CHECK(client.count("200 OK") == 1);
}

TEST_CASE("a chunked body and one behind 100-continue are read", "[http][server]") {
    ServerFixture fixture{echo};
    CHECK(fixture
              .answer_to("POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                         "Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
              .find("POST /c abcde\n") != std::string::npos);

    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send("PUT /e HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                                         "Expect: 100-continue\r\n\r\n"));
    tests::run(fixture.loop, client.read_until("HTTP/1.1 100 Continue\r\n\r\n"));
    tests::run(fixture.loop, client.send("hi"));
    tests::run(fixture.loop, client.read_until("PUT /e hi\n"));
    CHECK_FALSE(client.ended());
}

TEST_CASE("an HTTP 1.0 client gets a close unless it asks to keep the connection",
          "[http][server]") {
    ServerFixture fixture{echo};
    CHECK(fixture.answer_to("GET / HTTP/1.0\r\n\r\n").find("Connection: close") !=
          std::string::npos);
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    tests::run(fixture.loop, client.read_until("Connection: keep-alive\r\n"));
    CHECK_FALSE(client.ended());
}

TEST_CASE("a HEAD gets the length without the body", "[http][server]") {
    ServerFixture fixture{echo};
    const std::string all =
        fixture.answer_to("HEAD /h HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(all.find("Content-Length: 9\r\n") != std::string::npos);
    CHECK(all.ends_with("\r\n\r\n"));
}

TEST_CASE("garbage is answered with 400 and the connection ends", "[http][server]") {
    ServerFixture fixture{echo};
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
        const std::string all = fixture.answer_to(bytes);
        CHECK(all.starts_with("HTTP/1.1 400 Bad Request\r\n"));
        CHECK(all.find("Connection: close") != std::string::npos);
    }
    CHECK(fixture.answer_to("GET /ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
              .starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("headers and bodies beyond their limits get 431 and 413", "[http][server]") {
    http::ServerLimits limits;
    limits.header_bytes_max = 512;
    limits.body_bytes_max = 100;
    ServerFixture fixture{echo, limits};
    CHECK(fixture.answer_to("GET / HTTP/1.1\r\nX: " + std::string(600, 'x') + "\r\n\r\n")
              .starts_with("HTTP/1.1 431 "));
    CHECK(fixture.answer_to("GET /" + std::string(5000, 'x')).starts_with("HTTP/1.1 431 "));
    CHECK(fixture.answer_to("PUT / HTTP/1.1\r\nContent-Length: 101\r\n\r\n")
              .starts_with("HTTP/1.1 413 "));
    CHECK(fixture
              .answer_to("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" +
                         std::string(255, 'x') + "\r\n0\r\n\r\n")
              .starts_with("HTTP/1.1 413 "));
    CHECK(fixture
              .answer_to("PUT / HTTP/1.1\r\nContent-Length: 100\r\nConnection: close\r\n\r\n" +
                         std::string(100, 'x'))
              .starts_with("HTTP/1.1 200 "));
    CHECK((fixture.server.limits_met() == http::LimitsMet{.header_bytes = 2, .body_bytes = 2}));
}

TEST_CASE("a client that sends no whole request in time is closed", "[http][server]") {
    http::ServerLimits limits;
    limits.request_timeout = 100ms;
    limits.keep_alive_timeout = 100ms;
    ServerFixture fixture{echo, limits};
    CHECK(fixture.answer_to("GET / HTTP/1.1\r\nHos").empty());
    CHECK(fixture.answer_to("PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc").empty());
    CHECK((fixture.server.limits_met() == http::LimitsMet{.request_time = 2}));
    // The time between two requests counts as well.
    CHECK(fixture.answer_to(get("/once")).ends_with("GET /once \n"));
    // Waiting after an answer meets no limit, half a second request does.
    CHECK(fixture.server.limits_met().request_time == 2);
    CHECK(fixture.answer_to(get("/once") + "GET /tw").ends_with("GET /once \n"));
    CHECK(fixture.server.limits_met().request_time == 3);
}

TEST_CASE("connections beyond the limit are turned away and counted", "[http][server]") {
    http::ServerLimits limits;
    limits.connections_max = 2;
    ServerFixture fixture{[](http::ServerExchange& exchange) -> base::Task<void> {
                              co_await echo(exchange);
                              if (exchange.request().target == "/held") {
                                  co_await exchange.peer_gone();
                              }
                          },
                          limits};
    tests::RawClient first = fixture.client();
    tests::RawClient second = fixture.client();
    for (tests::RawClient* const client : {&first, &second}) {
        tests::run(fixture.loop, client->connect(fixture.port()));
        tests::run(fixture.loop, client->send(get("/held")));
        tests::run(fixture.loop, client->read_until("GET /held"));
    }

    tests::RawClient third = fixture.client();
    tests::run(fixture.loop, third.connect(fixture.port()));
    tests::run(fixture.loop, third.read_to_end());
    CHECK(third.received().empty());
    CHECK((fixture.server.limits_met() == http::LimitsMet{.connections = 1}));

    first.socket().close();
    tests::run_until(fixture.loop, [&] { return fixture.server.connections() == 1; });
    CHECK(fixture.answer_to("GET /in HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
              .ends_with("GET /in \n"));
}

TEST_CASE("a client that ends only its own side gets its answer", "[http][server]") {
    ServerFixture fixture{echo};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send(get("/half")));
    client.socket().shutdown(asio::ip::tcp::socket::shutdown_send);
    tests::run(fixture.loop, client.read_to_end());
    CHECK(client.received().ends_with("GET /half \n"));
    CHECK(client.was_closed());
}

TEST_CASE("raw bytes go out as they are and the connection ends with them", "[http][server]") {
    ServerFixture fixture{[](http::ServerExchange& exchange) -> base::Task<void> {
        co_await exchange.write_raw("HTTP/1.1 200 OK\r\n");
        co_await exchange.write_raw("\r\nbody");
    }};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send(get("/")));
    tests::run(fixture.loop, client.read_to_end());
    CHECK(client.received() == "HTTP/1.1 200 OK\r\n\r\nbody");
    CHECK(client.was_closed());
}

TEST_CASE("a handler that throws gives a 500, one without an answer a close", "[http][server]") {
    ServerFixture fixture{[](http::ServerExchange& exchange) -> base::Task<void> {
        if (exchange.request().target == "/throw") {
            throw std::runtime_error{"secret"};
        }
        co_return;
    }};
    const std::string all = fixture.answer_to(get("/throw"));
    CHECK(all.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    CHECK(all.find("secret") == std::string::npos);
    CHECK(fixture.answer_to(get("/nothing")).empty());
}

}  // namespace server_test
