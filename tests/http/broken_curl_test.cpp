#include <curl/curl.h>

#include <catch2/catch.hpp>

#include "tests/http/recorder.hpp"
#include "tests/support/raw_server.hpp"

// The test program is linked with --wrap=curl_multi_socket_action: the library's calls come here.
namespace {
bool broken = false;
}  // namespace

extern "C" {
CURLMcode __real_curl_multi_socket_action(CURLM* multi, curl_socket_t fd, int mask, int* running);
CURLMcode __wrap_curl_multi_socket_action(CURLM* multi, curl_socket_t fd, int mask, int* running);

CURLMcode __wrap_curl_multi_socket_action(CURLM* multi, curl_socket_t fd, int mask, int* running) {
    const CURLMcode code = __real_curl_multi_socket_action(multi, fd, mask, running);
    return std::exchange(broken, false) ? CURLM_INTERNAL_ERROR : code;
}
}

namespace {

/// A server of open answers with this head.
tests::RawServer::Script answering(const std::string& head) {
    return [head](tests::RawServer::Peer& peer) -> base::Task<void> {
        co_await peer.send("HTTP/1.1 200 OK\r\n" + head + "\r\nab");
        co_await peer.closed();
    };
}

struct Open {
    tests::Recorder seen;
    std::unique_ptr<http::TransferHandle> transfer;
};

/// Three transfers that have read what there is.
std::array<Open, 3> open_three(tests::ClientLoop& at, const tests::RawServer& server) {
    std::array<Open, 3> all;
    for (Open& one : all) {
        one.transfer = at.client.open(tests::request_to(server.url()), one.seen);
    }
    at.until([&] {
        return std::all_of(all.begin(), all.end(),
                           [](const Open& one) { return one.seen.body == "ab"; });
    });
    return all;
}

/// Lets curl fail at what it is asked next.
void break_curl(tests::ClientLoop& at, const tests::RawServer& server) {
    broken = true;
    tests::Recorder next;
    const auto refused = at.client.open(tests::request_to(server.url()), next);
    at.until([&] { return next.ended(); });
}

void check_works(tests::ClientLoop& at, const tests::RawServer& server) {
    tests::Recorder again;
    const auto transfer = at.client.open(tests::request_to(server.url()), again);
    at.until([&] { return again.body == "ab"; });
    CHECK_FALSE(again.ended());
}

}  // namespace

TEST_CASE("when curl fails every transfer of its ends and the client works on", "[http]") {
    tests::ClientLoop at;
    // A body of a known length is read by curl to its end.
    const tests::RawServer server{at.loop, answering("Content-Length: 9\r\n")};
    const auto all = open_three(at, server);
    break_curl(at, server);
    for (const Open& one : all) {
        REQUIRE(one.seen.ends.size() == 1);
        CHECK(one.seen.reason() == "reset");
        CHECK(one.seen.ends[0].detail == "libcurl failed");
    }
    at.until([&] { return server.open_now() == 0; });
    check_works(at, server);
}

TEST_CASE("streams in plain http are read without curl, and outlive its failure", "[http]") {
    tests::ClientLoop at;
    const tests::RawServer server{at.loop, answering("")};
    const auto all = open_three(at, server);
    break_curl(at, server);
    for (const Open& one : all) {
        CHECK_FALSE(one.seen.ended());
    }
    check_works(at, server);
}
