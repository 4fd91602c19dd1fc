// A name that leads to another address from one connection to the next.
#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <string>

#include <catch2/catch.hpp>

#include "tests/http/recorder.hpp"
#include "tests/support/raw_server.hpp"

namespace {

constexpr const char* kMovingName = "moving.test";
// What the lookups below answer; libcurl asks from threads of its own.
std::atomic<int> lookups{0};
std::atomic<bool> has_moved{false};

}  // namespace

/// Takes the place of the C library's in this program, libcurl's calls included.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
    using Lookup = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto next = reinterpret_cast<Lookup>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    if (node == nullptr || std::string{node} != kMovingName) {
        return next(node, service, hints, result);
    }
    ++lookups;
    return next(has_moved ? "127.0.0.2" : "127.0.0.1", service, hints, result);
}

namespace {

using namespace std::chrono_literals;
using tests::ClientLoop;
using tests::RawServer;
using tests::Recorder;
using Peer = RawServer::Peer;

http::Request request_to_moving(std::uint16_t port) {
    return tests::request_to("http://" + std::string{kMovingName} + ":" + std::to_string(port));
}

}  // namespace

TEST_CASE("each opening of a stream looks the node's name up anew", "[http]") {
    ClientLoop at;
    // On 127.0.0.1 alone: nobody is at the address that the name leads to later.
    const RawServer server{at.loop, [](Peer& peer) -> base::Task<void> {
                               co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
                           }};
    lookups = 0;
    has_moved = false;
    const auto reason = [&] {
        Recorder seen;
        const auto transfer = at.client.open(request_to_moving(server.port()), seen);
        at.until([&] { return seen.ended(); });
        return seen.reason();
    };
    CHECK(reason() == "eof");
    CHECK(reason() == "eof");
    CHECK(lookups >= 2);
    has_moved = true;
    CHECK(reason() == "connect_failed");
    has_moved = false;
    CHECK(reason() == "eof");
}

TEST_CASE("each REST request without a connection that is kept looks the name up anew", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, [](Peer& peer) -> base::Task<void> {
                               co_await peer.send(
                                   "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                                   "Connection: close\r\n\r\nx");
                           }};
    lookups = 0;
    has_moved = false;
    const http::Request request = request_to_moving(server.port());
    CHECK(at.get(at.client.fetch(request, 10s)).has_value());
    has_moved = true;
    const auto moved = at.get(at.client.fetch(request, 10s));
    REQUIRE(moved.has_error());
    CHECK(moved.error().reason == http::FailureReason::kConnectFailed);
    CHECK(lookups >= 2);
    has_moved = false;
}
