#include <algorithm>
#include <deque>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>

#include "tests/http/recorder.hpp"
#include "tests/support/raw_server.hpp"

namespace fetch_test {

namespace {

using namespace std::chrono_literals;
using tests::ClientLoop;
using tests::RawServer;
using tests::request_to;
using Peer = RawServer::Peer;

std::string answer(int status, const std::string& body) {
    return "HTTP/1.1 " + std::to_string(status) +
           " Word\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: Application/JSON; "
           "charset=utf-8\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Answers every request on the connection with the same bytes.
RawServer::Script always(const std::string& bytes) {
    return [&bytes](Peer& peer) -> base::Task<void> {
        while (true) {
            co_await peer.send(bytes);
            std::string next;
            co_await boost::asio::async_read_until(peer.socket, boost::asio::dynamic_buffer(next),
                                                   "\r\n\r\n", boost::asio::use_awaitable);
        }
    };
}

base::Task<void> hang(Peer& peer) {
    co_await peer.closed();
}

/// A fetch that is cancelled from outside; how it ended.
struct Spawned {
    Spawned(ClientLoop& at, http::Client& client, const std::string& url) {
        boost::asio::co_spawn(
            at.loop, client.fetch(request_to(url), 10s),
            boost::asio::bind_cancellation_slot(
                cancel.slot(), [this](const std::exception_ptr& error, const http::FetchResult&) {
                    done = true;
                    cancelled = error && base::is_cancellation(error);
                }));
    }
    boost::asio::cancellation_signal cancel;
    bool done = false;
    bool cancelled = false;
};

}  // namespace

TEST_CASE("a fetch gives the whole answer, whatever its status", "[http]") {
    for (const int status : {200, 206, 404, 503}) {
        ClientLoop at;
        const std::string bytes = answer(status, "{\"a\":1}");
        const RawServer server{at.loop, always(bytes)};
        const auto before = at.clock.now();
        const auto response = at.get(at.client.fetch(request_to(server.url("/eth?x=y")), 5s));
        REQUIRE(response.has_value());
        CHECK(response->head.status == status);
        CHECK(response->head.content_type == "application/json");
        CHECK(response->head.content_length == 7);
        CHECK(response->head.date == "Thu, 01 Jan 2026 00:00:00 GMT");
        CHECK(response->body == "{\"a\":1}");
        CHECK((response->arrived.mono >= before));
        CHECK((response->arrived.mono <= at.clock.now()));
        CHECK(server.heads().at(0).find("GET /eth?x=y HTTP/1.1\r\n") == 0);
    }
}

TEST_CASE("an empty answer is an answer", "[http]") {
    ClientLoop at;
    const std::string bytes = "HTTP/1.1 204 No Content\r\n\r\n";
    const RawServer server{at.loop, always(bytes)};
    const auto response = at.get(at.client.fetch(request_to(server.url()), 5s));
    REQUIRE(response.has_value());
    CHECK(response->head.status == 204);
    CHECK(response->body.empty());
}

TEST_CASE("fetches use a connection again", "[http]") {
    ClientLoop at;
    const std::string bytes = answer(200, "x");
    const RawServer server{at.loop, always(bytes)};
    for (int i = 0; i < 3; ++i) {
        REQUIRE(at.get(at.client.fetch(request_to(server.url()), 5s)).has_value());
    }
    CHECK(server.accepted() == 1);
}

TEST_CASE("the deadline of a fetch covers the whole answer", "[http]") {
    ClientLoop at;
    RawServer::Script script = hang;
    SECTION("before the headers") {}
    SECTION("inside the body") {
        script = [](Peer& peer) -> base::Task<void> {
            co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
            co_await peer.closed();
        };
    }
    const RawServer server{at.loop, script};
    const auto response = at.get(at.client.fetch(request_to(server.url("/secret")), 100ms));
    REQUIRE(response.has_error());
    CHECK_FALSE(response.error().reason.has_value());
    CHECK(response.error().detail == "no complete answer within 100 ms");
    at.until([&] { return server.open_now() == 0; });
}

TEST_CASE("a body beyond the limit fails with kTooLong", "[http]") {
    http::ClientLimits limits;
    limits.body_bytes_max = 1000;
    ClientLoop at{limits};
    std::string bytes = answer(200, std::string(1001, 'x'));
    SECTION("announced") {
        bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n";
    }
    SECTION("sent") {
        bytes =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x');
    }
    const RawServer server{at.loop, always(bytes)};
    const auto response = at.get(at.client.fetch(request_to(server.url()), 5s));
    REQUIRE(response.has_error());
    CHECK((response.error().reason == http::FailureReason::kTooLarge));
    at.until([&] { return server.open_now() == 0; });
}

TEST_CASE("a body beyond the limit fails also when all of it has come", "[http]") {
    http::ClientLimits limits;
    limits.body_bytes_max = 1000;
    ClientLoop at{limits};
    const std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                              std::string(1001, 'x') + "\r\n0\r\n\r\n";
    const RawServer server{at.loop, always(bytes)};
    const auto response = at.get(at.client.fetch(request_to(server.url()), 5s));
    REQUIRE(response.has_error());
    CHECK((response.error().reason == http::FailureReason::kTooLarge));
}

TEST_CASE("a body at the limit is taken", "[http]") {
    http::ClientLimits limits;
    limits.body_bytes_max = 1000;
    ClientLoop at{limits};
    const std::string bytes = answer(200, std::string(1000, 'x'));
    const RawServer server{at.loop, always(bytes)};
    const auto response = at.get(at.client.fetch(request_to(server.url()), 5s));
    REQUIRE(response.has_value());
    CHECK(response->body.size() == 1000);
}

TEST_CASE("a fetch that gets no complete answer names the reason", "[http]") {
    ClientLoop at;
    std::string bytes;
    http::FailureReason reason{};
    SECTION("reset") {
        bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
        reason = http::FailureReason::kReset;
    }
    SECTION("malformed") {
        bytes = "hello\r\n\r\n";
        reason = http::FailureReason::kMalformed;
    }
    SECTION("redirect") {
        bytes = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ftp://x/\r\n\r\n";
        reason = http::FailureReason::kRedirect;
    }
    const RawServer server{at.loop,
                           [&bytes](Peer& peer) -> base::Task<void> { co_await peer.send(bytes); }};
    const auto response = at.get(at.client.fetch(request_to(server.url()), 5s));
    REQUIRE(response.has_error());
    CHECK((response.error().reason == reason));
}

TEST_CASE("of fetches beyond the limit each waits for one that ends, in order", "[http]") {
    http::ClientLimits limits;
    limits.fetches_max = 2;
    ClientLoop at{limits};
    const RawServer server{at.loop, hang};
    Spawned first{at, at.client, server.url("/1")};
    Spawned second{at, at.client, server.url("/2")};
    Spawned third{at, at.client, server.url("/3")};
    Spawned fourth{at, at.client, server.url("/4")};
    Spawned fifth{at, at.client, server.url("/5")};
    at.until([&] { return server.heads().size() == 2; });
    CHECK(at.client.limits_met().fetches == 3);
    // One that waits needs no place to go.
    third.cancel.emit(boost::asio::cancellation_type::terminal);
    at.until([&] { return third.done; });
    CHECK(third.cancelled);
    first.cancel.emit(boost::asio::cancellation_type::terminal);
    at.until([&] { return server.heads().size() == 3; });
    CHECK(server.heads().at(2).find("GET /4 ") == 0);
    second.cancel.emit(boost::asio::cancellation_type::terminal);
    at.until([&] { return server.heads().size() == 4; });
    CHECK(server.heads().at(3).find("GET /5 ") == 0);
}

TEST_CASE("many fetches at once go over the connections of a few", "[http]") {
    http::ClientLimits limits;
    limits.young_fetches_max = 2;
    limits.fetch_is_young_for = 1h;
    ClientLoop at{limits};
    const std::string bytes = answer(200, "{}");
    const RawServer server{at.loop, always(bytes)};
    std::deque<Spawned> all;
    for (int i = 0; i < 20; ++i) {
        all.emplace_back(at, at.client, server.url());
    }
    at.until([&] {
        return std::all_of(all.begin(), all.end(), [](const Spawned& one) { return one.done; });
    });
    CHECK(server.accepted() == 2);
    // It is the order of things, and no limit that an operator has to hear of.
    CHECK(at.client.limits_met().fetches == 0);
}

TEST_CASE("of young fetches beyond the limit each waits for one that ends, in order", "[http]") {
    http::ClientLimits limits;
    limits.young_fetches_max = 1;
    limits.fetch_is_young_for = 1h;
    ClientLoop at{limits};
    const RawServer server{at.loop, hang};
    Spawned first{at, at.client, server.url("/1")};
    Spawned second{at, at.client, server.url("/2")};
    Spawned third{at, at.client, server.url("/3")};
    second.cancel.emit(boost::asio::cancellation_type::terminal);
    at.until([&] { return second.done && server.heads().size() == 1; });
    CHECK(second.cancelled);
    first.cancel.emit(boost::asio::cancellation_type::terminal);
    at.until([&] { return server.heads().size() == 2; });
    CHECK(server.heads().at(1).find("GET /3 ") == 0);
}

TEST_CASE("nodes that do not answer hold up nobody for long", "[http]") {
    http::ClientLimits limits;
    limits.young_fetches_max = 1;
    limits.fetch_is_young_for = 1ms;
    ClientLoop at{limits};
    const RawServer server{at.loop, hang};
    Spawned first{at, at.client, server.url("/1")};
    Spawned second{at, at.client, server.url("/2")};
    Spawned third{at, at.client, server.url("/3")};
    at.until([&] { return server.heads().size() == 3; });
    CHECK_FALSE(first.done);
    CHECK_FALSE(second.done);
}

TEST_CASE("a fetch that waits ends with operation_aborted when its client goes", "[http]") {
    ClientLoop at;
    http::ClientLimits limits;
    limits.fetches_max = 1;
    auto client = std::make_unique<http::Client>(at.loop.get_executor(), at.clock, limits);
    const RawServer server{at.loop, hang};
    Spawned first{at, *client, server.url("/1")};
    Spawned second{at, *client, server.url("/2")};
    at.until([&] { return server.heads().size() == 1; });
    client.reset();
    at.until([&] { return first.done && second.done; });
    CHECK(first.cancelled);
    CHECK(second.cancelled);
}

TEST_CASE("a cancelled fetch ends with operation_aborted and closes its connection", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, hang};
    Spawned fetch{at, at.client, server.url()};
    at.until([&] { return server.heads().size() == 1; });
    fetch.cancel.emit(boost::asio::cancellation_type::terminal);
    at.until([&] { return fetch.done; });
    CHECK(fetch.cancelled);
    at.until([&] { return server.open_now() == 0; });
}

TEST_CASE("a fetch ends with operation_aborted when its client goes", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, hang};
    auto client = std::make_unique<http::Client>(at.loop.get_executor(), at.clock);
    Spawned fetch{at, *client, server.url()};
    at.until([&] { return server.heads().size() == 1; });
    client.reset();
    at.until([&] { return fetch.done && server.open_now() == 0; });
    CHECK(fetch.cancelled);
}

}  // namespace fetch_test
