#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "tests/http/recorder.hpp"
#include "tests/support/raw_server.hpp"

namespace rejection_test {

namespace {

using namespace std::chrono_literals;
using tests::ClientLoop;
using tests::RawServer;
using tests::Recorder;
using tests::request_to;
using Peer = RawServer::Peer;

enum class After : std::uint8_t { kClose, kNothing };

/// How a stream ends whose server sends these parts, 20 ms apart, and whose listener rejects the
/// answer.
http::TransferError end_of(std::vector<std::string> parts, int status,
                           After after = After::kClose) {
    ClientLoop at;
    RawServer server{at.loop, [&](Peer& peer) -> base::Task<void> {
                         for (const std::string& part : parts) {
                             co_await peer.send(part);
                             boost::asio::steady_timer later{peer.socket.get_executor(), 20ms};
                             co_await later.async_wait(boost::asio::use_awaitable);
                         }
                         if (after == After::kNothing) {
                             co_await peer.closed();
                         }
                     }};
    Recorder seen;
    seen.refuse = http::TransferError{http::FailureReason::kHttpStatus, "refused", status};
    const auto transfer = at.client.open(request_to(server.url()), seen);
    at.until([&] { return seen.ended() && server.open_now() == 0; });
    CHECK(seen.ends.size() == 1);
    CHECK(seen.body.empty());
    return seen.ends.front();
}

std::string head(const std::string& status, const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\n" + headers + "\r\n";
}

/// What both kinds of request to a port that answers so end with.
void check_tls_failed(const std::string& answer, RawServer::Read read, const std::string& scheme,
                      const std::string& detail) {
    INFO(detail);
    ClientLoop at;
    const RawServer server{
        at.loop, [&](Peer& peer) -> base::Task<void> { co_await peer.send(answer); }, read};
    const auto request = request_to(scheme + "127.0.0.1:" + std::to_string(server.port()));
    Recorder seen;
    seen.refuse = http::TransferError{http::FailureReason::kHttpStatus, "status 400", 400};
    const auto transfer = at.client.open(request, seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.reason() == "tls_failed");
    CHECK(seen.ends.front().detail == detail);
    CHECK(seen.ends.front().status == 0);
    const http::FetchResult answered = at.get(at.client.fetch(request, 10s));
    REQUIRE(answered.has_error());
    CHECK((answered.error() == http::FetchError{http::FailureReason::kTlsFailed, detail}));
}

}  // namespace

TEST_CASE("an answer that is rejected for its status ends with what the node says about it",
          "[http]") {
    const auto error =
        end_of({head("500 No", "Content-Length: 6\r\n"), "rea", "son"}, 500, After::kNothing);
    CHECK(error.status == 500);
    CHECK(error.detail == "refused");
    CHECK(error.body == "reason");
    CHECK(end_of({head("500 No") + "until the close"}, 500).body == "until the close");
    CHECK(end_of({head("500 No", "Content-Length: 9\r\n"), "rea"}, 500).body == "rea");
    CHECK(end_of({head("500 No", "Content-Length: 0\r\n")}, 500, After::kNothing).body.empty());
}

TEST_CASE("the body of a rejected answer is bounded, and so is the wait for it", "[http]") {
    const auto flood = end_of({head("503 No") + std::string(100'000, 'x')}, 503, After::kNothing);
    CHECK(flood.body == std::string(4096, 'x'));
    const auto hangs =
        end_of({head("503 No", "Content-Length: 9\r\n"), "rea"}, 503, After::kNothing);
    CHECK(hangs.status == 503);
    CHECK(hangs.body == "rea");
}

TEST_CASE("a rejected 429 or 503 tells how long the node asks to be left alone", "[http]") {
    const auto after = [](const std::string& status, const std::string& value) {
        return end_of({head(status, "Content-Length: 0\r\nRetry-After: " + value + "\r\n")},
                      std::stoi(status))
            .retry_after;
    };
    CHECK((after("429 Too Many", "30") == 30s));
    CHECK((after("503 No", "7") == 7s));
    CHECK_FALSE(after("503 No", "soon").has_value());
    CHECK_FALSE(after("500 No", "30").has_value());
    CHECK_FALSE(end_of({head("503 No", "Content-Length: 0\r\n")}, 503).retry_after.has_value());
}

TEST_CASE("a listener that goes away while the reason comes in hears no more", "[http]") {
    ClientLoop at;
    RawServer server{at.loop, [](Peer& peer) -> base::Task<void> {
                         co_await peer.send(head("500 No", "Content-Length: 9\r\n") + "rea");
                         co_await peer.closed();
                     }};
    Recorder seen;
    seen.refuse = http::TransferError{http::FailureReason::kHttpStatus, "refused", 500};
    auto transfer = at.client.open(request_to(server.url()), seen);
    at.until([&] { return seen.head.has_value(); });
    transfer.reset();
    at.until([&] { return server.open_now() == 0; });
    CHECK_FALSE(seen.ended());
}

TEST_CASE("an answer with a coding is content_coding and its detail names the coding", "[http]") {
    struct Case {
        std::string headers;
        std::string coding;
    };
    for (const auto& [headers, coding] : {
             Case{"Content-Encoding: gzip\r\n", "gzip"},
             Case{"Content-Encoding: identity\r\nContent-Encoding: br\r\n", "br"},
             Case{"content-encoding: identity , ZSTD\r\n", "ZSTD"},
             Case{"Transfer-Encoding: gzip, chunked\r\n", "gzip"},
             Case{"Content-Encoding: x\x1b\r\n", "x\\x1b"},
         }) {
        INFO(headers);
        ClientLoop at;
        const RawServer server{at.loop, [&](Peer& peer) -> base::Task<void> {
                                   co_await peer.send(head("200 OK", headers) + "ab");
                                   co_await peer.closed();
                               }};
        Recorder seen;
        const auto transfer = at.client.open(request_to(server.url()), seen);
        at.until([&] { return seen.ended(); });
        CHECK(seen.reason() == "content_coding");
        CHECK(seen.ends.front().detail == "the answer has the coding " + coding +
                                              ", though none was accepted (Accept-Encoding: "
                                              "identity)");
        const auto fetched = at.get(at.client.fetch(request_to(server.url()), 10s));
        REQUIRE(fetched.has_error());
        CHECK(fetched.error().reason == http::FailureReason::kContentCoding);
    }
}

TEST_CASE("every request asks for an answer without a coding, whatever its extra headers are",
          "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, [](Peer& peer) -> base::Task<void> {
                               co_await peer.send(head("200 OK", "Content-Length: 2\r\n") + "{}");
                           }};
    http::Request request = request_to(server.url());
    request.endpoint.headers = {{"accept-encoding", "gzip"}};
    CHECK(at.get(at.client.fetch(request, 10s)).has_value());
    Recorder seen;
    const auto transfer = at.client.open(request, seen);
    at.until([&] { return seen.ended(); });
    REQUIRE(server.heads().size() == 2);
    for (const std::string& sent : server.heads()) {
        CHECK(sent.find("\r\nAccept-Encoding: identity\r\n") != std::string::npos);
        CHECK(sent.find("gzip") == std::string::npos);
    }
}

TEST_CASE("plain http to a port of https names the scheme and what to write", "[http]") {
    const std::string detail =
        "the port speaks https, and the URL says http: write https:// in the URL";
    // What TLS servers answer: an alert, or a page.
    check_tls_failed(std::string("\x15\x03\x03\x00\x02\x02\x46", 7), RawServer::Read::kHead,
                     "http://", detail);
    for (const char* page : {"<center>The plain HTTP request was sent to HTTPS port</center>",
                             "Client sent an HTTP request to an HTTPS server.\n",
                             "You're speaking plain HTTP to an SSL-enabled server port."}) {
        const std::string body = page;
        check_tls_failed(
            head("400 Bad Request", "Content-Length: " + std::to_string(body.size()) + "\r\n") +
                body,
            RawServer::Read::kHead, "http://", detail);
    }
}

TEST_CASE("https to a port of plain http names the scheme and what to write", "[http]") {
    check_tls_failed("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
                     RawServer::Read::kNothing, "https://",
                     "the port speaks no TLS, and the URL says https: if it is the port of plain "
                     "http, write http:// in the URL");
}

}  // namespace rejection_test
