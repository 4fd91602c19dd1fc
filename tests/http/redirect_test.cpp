#include <catch2/catch.hpp>

#include "tests/http/recorder.hpp"
#include "tests/support/raw_server.hpp"

namespace redirect_test {

namespace {

using tests::ClientLoop;
using tests::RawServer;
using tests::Recorder;
using tests::request_to;
using Peer = RawServer::Peer;

std::string redirect(int status, const std::string& location) {
    return "HTTP/1.1 " + std::to_string(status) +
           " Go\r\nContent-Length: 0\r\nLocation: " + location + "\r\n\r\n";
}

const std::string kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 2\r\n\r\nok";

bool has(const std::string& text, const std::string& word) {
    return text.find(word) != std::string::npos;
}

/// A server that sends each request on to the path one longer, and answers the last one.
struct Chain {
    Chain(boost::asio::io_context& loop, int status, std::size_t redirects)
        : server{loop, [this, status, redirects](Peer& peer) -> base::Task<void> {
                     const std::size_t done = server.heads().size();
                     std::string answer = kAnswer;
                     if (done <= redirects) {
                         answer = redirect(status, "/" + std::to_string(done));
                     }
                     co_await peer.send(answer);
                     co_await peer.closed();
                 }} {}
    RawServer server;
};

/// Runs a transfer to its end.
void finish(ClientLoop& at, const http::Request& request, Recorder& seen) {
    const auto transfer = at.client.open(request, seen);
    at.until([&] { return seen.ended(); });
}

/// Where a server that answers everything with one redirect leads.
std::string reason_after_redirect_to(const std::string& location, std::string* detail = nullptr) {
    ClientLoop at;
    const RawServer server{at.loop, [&location](Peer& peer) -> base::Task<void> {
                               co_await peer.send(redirect(302, location));
                               co_await peer.closed();
                           }};
    Recorder seen;
    finish(at, request_to(server.url()), seen);
    CHECK_FALSE(seen.head.has_value());
    if (detail != nullptr) {
        *detail = seen.ends.front().detail;
    }
    return seen.reason();
}

http::Request with_secrets(const RawServer& server) {
    auto request = request_to("http://user:p%40ss@127.0.0.1:" + std::to_string(server.port()));
    request.endpoint.headers = {{"X-Key", "secret"}, {"X-Empty", ""}};
    request.accept = "text/event-stream";
    return request;
}

// "user:p@ss"
constexpr const char* kBasic = "Authorization: Basic dXNlcjpwQHNz\r\n";

}  // namespace

TEST_CASE("three redirects of each kind are followed and the fourth is not", "[http]") {
    for (const int status : {301, 302, 303, 307, 308}) {
        INFO(status);
        ClientLoop at;
        const Chain three{at.loop, status, 3};
        Recorder followed;
        finish(at, request_to(three.server.url("/start")), followed);
        CHECK(followed.reason() == "eof");
        CHECK(followed.body == "ok");
        CHECK(followed.connects == 1);
        REQUIRE(three.server.heads().size() == 4);
        CHECK(has(three.server.heads()[3], "GET /3 HTTP/1.1\r\n"));

        const Chain four{at.loop, status, 4};
        Recorder refused;
        finish(at, request_to(four.server.url("/start")), refused);
        CHECK(refused.reason() == "redirect");
        CHECK_FALSE(refused.head.has_value());
        CHECK(four.server.heads().size() == 4);
    }
}

TEST_CASE("other answers with a Location are no redirects", "[http]") {
    for (const int status : {200, 201, 300, 304, 305}) {
        ClientLoop at;
        const RawServer server{at.loop, [status](Peer& peer) -> base::Task<void> {
                                   co_await peer.send(redirect(status, "/elsewhere"));
                                   co_await peer.closed();
                               }};
        Recorder seen;
        finish(at, request_to(server.url()), seen);
        REQUIRE(seen.head.has_value());
        CHECK(seen.head->status == status);
        CHECK(server.accepted() == 1);
    }
}

TEST_CASE("a redirect is followed before its body is complete", "[http]") {
    ClientLoop at;
    const RawServer server{
        at.loop, [&server](Peer& peer) -> base::Task<void> {
            if (server.heads().size() > 1) {
                co_await peer.send(kAnswer);
            } else {
                co_await peer.send("HTTP/1.1 302 Found\r\nLocation: ?a=b\r\n\r\nnever ends");
            }
            co_await peer.closed();
        }};
    Recorder seen;
    finish(at, request_to(server.url("/path?x=y")), seen);
    CHECK(seen.body == "ok");
    CHECK(has(server.heads()[1], "GET /path?a=b HTTP/1.1"));
}

TEST_CASE("a redirect keeps the slash at the end of its target", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, [&server](Peer& peer) -> base::Task<void> {
                               const std::string to_slash = redirect(301, "/path/");
                               co_await peer.send(server.heads().size() > 1 ? kAnswer : to_slash);
                               co_await peer.closed();
                           }};
    Recorder seen;
    finish(at, request_to(server.url("/path")), seen);
    CHECK(seen.reason() == "eof");
    CHECK(has(server.heads()[1], "GET /path/ HTTP/1.1"));
}

TEST_CASE("a redirect without a usable target ends the transfer", "[http]") {
    CHECK(reason_after_redirect_to("") == "redirect");
    CHECK(reason_after_redirect_to("ftp://127.0.0.1/") == "redirect");
    CHECK(reason_after_redirect_to("file:///etc/passwd") == "redirect");
    CHECK(reason_after_redirect_to("gopher://127.0.0.1:70/") == "redirect");
    CHECK(reason_after_redirect_to("javascript:1") == "redirect");
    CHECK(reason_after_redirect_to("http://") == "redirect");
    CHECK(reason_after_redirect_to("http://a b/") == "redirect");
    CHECK(reason_after_redirect_to("http://127.0.0.1:99999/") == "redirect");
    std::string detail;
    CHECK(reason_after_redirect_to("/" + std::string(10'000, 'x'), &detail) == "redirect");
    CHECK(detail.size() < 100);
}

TEST_CASE("the endpoint's credentials and headers go with each request to it", "[http]") {
    ClientLoop at;
    const Chain chain{at.loop, 302, 2};
    Recorder seen;
    finish(at, with_secrets(chain.server), seen);
    CHECK(seen.reason() == "eof");
    REQUIRE(chain.server.heads().size() == 3);
    for (const std::string& head : chain.server.heads()) {
        CHECK(has(head, kBasic));
        CHECK(has(head, "X-Key: secret\r\n"));
        CHECK(has(head, "X-Empty:"));
        CHECK(has(head, "Accept: text/event-stream\r\n"));
        CHECK(has(head, "User-Agent: headmon/"));
        CHECK(has(head, "Accept-Encoding: identity\r\n"));
    }
}

TEST_CASE("another port or another name for the host gets no credentials and no headers",
          "[http]") {
    ClientLoop at;
    const RawServer other{at.loop, [](Peer& peer) -> base::Task<void> {
                              co_await peer.send(kAnswer);
                              co_await peer.closed();
                          }};
    std::string target;
    SECTION("another port") {
        target = other.url();
    }
    SECTION("another name") {
        target = "http://localhost:" + std::to_string(other.port()) + "/";
    }
    SECTION("userinfo in the Location") {
        target = "http://evil:evil@127.0.0.1:" + std::to_string(other.port()) + "/";
    }
    const RawServer server{at.loop, [&target](Peer& peer) -> base::Task<void> {
                               co_await peer.send(redirect(307, target));
                               co_await peer.closed();
                           }};
    Recorder seen;
    finish(at, with_secrets(server), seen);
    CHECK(seen.reason() == "eof");
    REQUIRE(server.heads().size() == 1);
    CHECK(has(server.heads()[0], kBasic));
    REQUIRE(other.heads().size() == 1);
    CHECK_FALSE(has(other.heads()[0], "Authorization"));
    CHECK_FALSE(has(other.heads()[0], "X-Key"));
    CHECK_FALSE(has(other.heads()[0], "X-Empty"));
    CHECK(has(other.heads()[0], "Accept: text/event-stream\r\n"));
}

TEST_CASE("the same port under another name is another origin", "[http]") {
    ClientLoop at;
    RawServer server{at.loop, [&server](Peer& peer) -> base::Task<void> {
                         const std::string away = redirect(
                             302, "http://localhost:" + std::to_string(server.port()) + "/");
                         co_await peer.send(server.heads().size() > 1 ? kAnswer : away);
                         co_await peer.closed();
                     }};
    Recorder seen;
    finish(at, with_secrets(server), seen);
    CHECK(seen.reason() == "eof");
    REQUIRE(server.heads().size() == 2);
    CHECK(has(server.heads()[0], kBasic));
    CHECK_FALSE(has(server.heads()[1], "Authorization"));
}

TEST_CASE("userinfo in a Location does not replace the endpoint's own", "[http]") {
    ClientLoop at;
    RawServer server{at.loop, [&server](Peer& peer) -> base::Task<void> {
                         const std::string other_user = redirect(
                             302, "http://evil:evil@127.0.0.1:" + std::to_string(server.port()));
                         co_await peer.send(server.heads().size() > 1 ? kAnswer : other_user);
                         co_await peer.closed();
                     }};
    Recorder seen;
    finish(at, with_secrets(server), seen);
    REQUIRE(server.heads().size() == 2);
    CHECK(has(server.heads()[1], kBasic));
}

TEST_CASE("a header that would begin another line is never sent", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop,
                           [](Peer& peer) -> base::Task<void> { co_await peer.send(kAnswer); }};
    auto request = request_to(server.url());
    request.endpoint.headers = {{"X-Key", "a\r\nX-Other: b"}};
    Recorder seen;
    finish(at, request, seen);
    CHECK(seen.reason() == "connect_failed");
    CHECK(server.accepted() == 0);
}

TEST_CASE("proxies named by the environment are not used", "[http]") {
    ClientLoop at;
    const Chain chain{at.loop, 302, 0};
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    ::setenv("all_proxy", "http://127.0.0.1:1", 1);
    Recorder seen;
    finish(at, request_to(chain.server.url()), seen);
    ::unsetenv("http_proxy");
    ::unsetenv("all_proxy");
    CHECK(seen.reason() == "eof");
}

}  // namespace redirect_test
