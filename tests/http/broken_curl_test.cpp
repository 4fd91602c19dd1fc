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

TEST_CASE("when curl fails every transfer ends and the client works on", "[http]") {
    tests::ClientLoop at;
    const tests::RawServer server{at.loop, [](tests::RawServer::Peer& peer) -> base::Task<void> {
                                      co_await peer.send("HTTP/1.1 200 OK\r\n\r\nab");
                                      co_await peer.closed();
                                  }};
    std::array<tests::Recorder, 3> seen;
    std::vector<std::unique_ptr<http::TransferHandle>> transfers;
    for (auto& recorder : seen) {
        transfers.push_back(at.client.open(tests::request_to(server.url()), recorder));
    }
    at.until([&] {
        return std::all_of(seen.begin(), seen.end(), [](const auto& r) { return r.body == "ab"; });
    });

    broken = true;
    tests::Recorder next;
    const auto refused = at.client.open(tests::request_to(server.url()), next);
    at.until([&] { return next.ended(); });
    for (const auto& recorder : seen) {
        REQUIRE(recorder.ends.size() == 1);
        CHECK(recorder.reason() == "reset");
        CHECK(recorder.ends[0].detail == "libcurl failed");
    }
    at.until([&] { return server.open_now() == 0; });

    tests::Recorder again;
    const auto transfer = at.client.open(tests::request_to(server.url()), again);
    at.until([&] { return again.body == "ab"; });
    CHECK_FALSE(again.ended());
}
