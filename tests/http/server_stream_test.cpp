#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>

#include "http/server.hpp"
#include "tests/http/server_fixture.hpp"

namespace server_stream_test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using tests::get;
using tests::ServerFixture;

namespace {

base::Task<void> stream_two(http::ServerExchange& exchange) {
    std::vector<http::Header> headers{{"X-Own", "1"}};
    if (co_await exchange.start_stream("text/event-stream", std::move(headers))) {
        co_await exchange.write("hello ");
        co_await exchange.write("");
        co_await exchange.write(std::string(20, 'x'));
    }
}

/// Streams a first piece, then waits without an end; notes how it was ended.
http::Handler stream_and_wait(std::string& notes) {
    return [&notes](http::ServerExchange& exchange) -> base::Task<void> {
        static_cast<void>(co_await exchange.start_stream("text/plain"));
        co_await exchange.write("first");
        asio::steady_timer never{co_await asio::this_coro::executor,
                                 asio::steady_timer::time_point::max()};
        try {
            co_await never.async_wait(asio::use_awaitable);
        } catch (const boost::system::system_error&) {
            notes += "cancelled ";
            throw;
        }
    };
}

}  // namespace

TEST_CASE("a stream is chunked for HTTP 1.1 and leaves the connection open", "[http][server]") {
    ServerFixture fixture{stream_two};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    for (int i = 1; i <= 2; ++i) {
        tests::run(fixture.loop, client.send(get("/")));
        tests::run(fixture.loop, client.read_until("0\r\n\r\n", static_cast<std::size_t>(i)));
    }
    const std::string& all = client.received();
    CHECK(all.starts_with("HTTP/1.1 200 OK\r\nDate: "));
    CHECK(client.count("Transfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n"
                       "X-Own: 1\r\n\r\n"
                       "6\r\nhello \r\n14\r\nxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n") == 2);
    CHECK(client.count("Content-Length") == 0);
    CHECK_FALSE(client.ended());
}

TEST_CASE("a stream for HTTP 1.0 ends with the connection", "[http][server]") {
    ServerFixture fixture{stream_two};
    const std::string all = fixture.answer_to("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(all.find("Transfer-Encoding") == std::string::npos);
    CHECK(all.find("Connection: close\r\n") != std::string::npos);
    CHECK(all.ends_with("\r\n\r\nhello xxxxxxxxxxxxxxxxxxxx"));
}

TEST_CASE("a HEAD of a stream gets the headers alone", "[http][server]") {
    ServerFixture fixture{stream_two};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop,
               client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
                           "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    tests::run(fixture.loop, client.read_to_end());
    CHECK(client.count("Transfer-Encoding: chunked\r\n") == 2);
    CHECK(client.count("hello") == 0);
    CHECK(client.received().ends_with("Connection: close\r\n\r\n"));
}

TEST_CASE("a handler that throws leaves its stream without an end", "[http][server]") {
    ServerFixture fixture{[](http::ServerExchange& exchange) -> base::Task<void> {
        static_cast<void>(co_await exchange.start_stream("text/plain"));
        co_await exchange.write("half");
        throw std::runtime_error{"secret"};
    }};
    CHECK(fixture.answer_to(get("/")).ends_with("\r\n\r\n4\r\nhalf\r\n"));

    tests::RawClient old = fixture.client();
    tests::run(fixture.loop, old.connect(fixture.port()));
    tests::run(fixture.loop, old.send("GET / HTTP/1.0\r\n\r\n"));
    tests::run(fixture.loop, old.read_to_end());
    CHECK(old.was_reset());
}

TEST_CASE("a stream may be cut, and is complete when it is closed", "[http][server]") {
    ServerFixture fixture{[](http::ServerExchange& exchange) -> base::Task<void> {
        static_cast<void>(co_await exchange.start_stream("text/plain"));
        co_await exchange.write("half");
        if (exchange.request().target == "/cut") {
            exchange.cut();
        } else {
            exchange.close();
        }
    }};
    CHECK(fixture.answer_to(get("/cut")).ends_with("\r\n\r\n4\r\nhalf\r\n"));
    CHECK(fixture.answer_to(get("/close")).ends_with("\r\n\r\n4\r\nhalf\r\n0\r\n\r\n"));
}

TEST_CASE("a client that leaves its stream ends the handler", "[http][server]") {
    std::string notes;
    ServerFixture fixture{stream_and_wait(notes)};
    for (const bool by_reset : {false, true}) {
        notes.clear();
        tests::RawClient client = fixture.client();
        tests::run(fixture.loop, client.connect(fixture.port()));
        tests::run(fixture.loop, client.send(get("/")));
        tests::run(fixture.loop, client.read_until("first"));
        CHECK(notes.empty());
        if (by_reset) {
            client.socket().set_option(asio::socket_base::linger(true, 0));
        }
        client.socket().close();
        tests::run_until(fixture.loop, [&] { return fixture.server.connections() == 0; });
        CHECK(notes == "cancelled ");
    }
}

TEST_CASE("what a client sends during its stream is its next request, within a limit",
          "[http][server]") {
    std::string notes;
    bool ends = false;
    http::ServerLimits limits;
    limits.header_bytes_max = 1000;
    auto wait = stream_and_wait(notes);
    ServerFixture fixture{[&](http::ServerExchange& exchange) -> base::Task<void> {
                              if (exchange.request().target == "/wait") {
                                  co_await wait(exchange);
                                  co_return;
                              }
                              static_cast<void>(co_await exchange.start_stream("text/plain"));
                              co_await exchange.write(exchange.request().target);
                              while (!ends) {
                                  asio::steady_timer turn{co_await asio::this_coro::executor, 1ms};
                                  co_await turn.async_wait(asio::use_awaitable);
                              }
                          },
                          limits};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send(get("/a")));
    tests::run(fixture.loop, client.read_until("/a"));
    tests::run(fixture.loop, client.send(get("/b")));
    ends = true;
    tests::run(fixture.loop, client.read_until("0\r\n\r\n", 2));
    CHECK(client.count("/b") == 1);

    tests::run(fixture.loop, client.send(get("/wait")));
    tests::run(fixture.loop, client.read_until("first"));
    tests::run(fixture.loop, client.send(std::string(2000, 'x')));
    tests::run(fixture.loop, client.read_to_end());
    CHECK(notes == "cancelled ");
}

TEST_CASE("a client that takes nothing of its stream for the write timeout is dropped",
          "[http][server]") {
    http::ServerLimits limits;
    limits.write_timeout = 100ms;
    const std::string piece(1'000'000, 'x');
    ServerFixture fixture{[&piece](http::ServerExchange& exchange) -> base::Task<void> {
                              static_cast<void>(co_await exchange.start_stream("text/plain"));
                              while (true) {
                                  co_await exchange.write(piece);
                              }
                          },
                          limits};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send(get("/")));
    tests::run_until(fixture.loop, [&] { return fixture.server.connections() == 1; });
    tests::run_until(fixture.loop, [&] { return fixture.server.connections() == 0; });
    CHECK((fixture.server.limits_met() == http::LimitsMet{.write_time = 1}));
}

TEST_CASE("a cancelled server ends its streams and waits for their handlers", "[http][server]") {
    std::string notes;
    ServerFixture fixture{stream_and_wait(notes)};
    tests::RawClient client = fixture.client();
    tests::run(fixture.loop, client.connect(fixture.port()));
    tests::run(fixture.loop, client.send(get("/")));
    tests::run(fixture.loop, client.read_until("first"));
    fixture.stop_and_wait();
    CHECK(notes == "cancelled ");
    tests::run(fixture.loop, client.read_to_end());
    CHECK(client.received().ends_with("5\r\nfirst\r\n"));
}

}  // namespace server_stream_test
