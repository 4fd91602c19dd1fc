#include "tests/http/nginx.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "sse/stream.hpp"
#include "tests/http/recorder.hpp"
#include "tests/support/raw_server.hpp"

namespace nginx_test {

namespace {

using namespace std::chrono_literals;
using tests::Certificates;
using tests::ClientLoop;
using tests::Nginx;
using tests::proxy_to;
using tests::RawServer;
using tests::Recorder;
using tests::request_to;
using Peer = RawServer::Peer;

const std::string kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string kEvent = "9\r\ndata: x\n\n\r\n";
const std::string kFinalChunk = "0\r\n\r\n";

const Certificates& certificates() {
    static const Certificates made;
    return made;
}

base::Task<void> one_event(Peer& peer) {
    co_await peer.send(kHead + kEvent);
    co_await peer.closed();
}

http::Request trusting(const std::string& url, const std::string& authority = "ca") {
    auto request = request_to(url);
    request.endpoint.tls.ca_file = certificates().certificate(authority);
    return request;
}

void show_client_certificate(http::Request& request) {
    request.endpoint.tls.client_certificate_file = certificates().certificate("client");
    request.endpoint.tls.client_key_file = certificates().key("client");
}

std::vector<Nginx::Server> tls_server(const std::string& name, const std::string& directives) {
    return {Nginx::Server{certificates().tls_as(name) + directives, true}};
}

const std::string kSayVerified =
    "location / { default_type text/event-stream; return 200 \"$ssl_client_verify\"; }\n";

/// How a transfer to nginx ends.
std::string reason_of(const http::Request& request) {
    ClientLoop at;
    Recorder seen;
    const auto transfer = at.client.open(request, seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.connects == (seen.reason() == "tls_failed" ? 0 : 1));
    return seen.reason();
}

class StreamEnd final : public sse::StreamListener {
  public:
    void on_connected() override {}
    void on_open() override {}
    void on_event(const sse::Event& /*event*/, base::Instant /*arrived*/) override {}
    void on_bytes(std::string_view /*bytes*/, base::Instant /*arrived*/) override {}
    void on_comment(std::string_view /*comment*/, base::Instant /*arrived*/) override {}
    void on_end(const http::TransferError& why) override { end = why; }

    std::optional<http::TransferError> end;
};

}  // namespace

TEST_CASE("nginx without buffering hands events on at once", "[nginx]") {
    ClientLoop at;
    const RawServer node{at.loop, one_event};
    const Nginx nginx{{Nginx::Server{proxy_to(node.port(), "proxy_buffering off;")}}};
    Recorder seen;
    const auto transfer = at.client.open(request_to(nginx.url()), seen);
    at.until([&] { return !seen.body.empty(); });
    CHECK(seen.body == "data: x\n\n");
    CHECK_FALSE(seen.ended());
}

TEST_CASE("nginx with buffering delays events and loses none", "[nginx]") {
    ClientLoop at;
    constexpr int kEvents = 2000;
    const RawServer node{at.loop, [](Peer& peer) -> base::Task<void> {
                             co_await peer.send(kHead + kEvent);
                             std::string many;
                             for (int i = 1; i < kEvents; ++i) {
                                 many += kEvent;
                             }
                             co_await peer.send(many);
                             co_await peer.send(kFinalChunk);
                             co_await peer.closed();
                         }};
    const Nginx nginx{{Nginx::Server{proxy_to(node.port(), "proxy_buffering on;")}}};
    Recorder seen;
    const auto transfer = at.client.open(request_to(nginx.url()), seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.body.size() == kEvents * 9);
    CHECK(seen.reason() == "eof");
}

TEST_CASE("a dead node behind nginx is a 502 and ends the stream with http_status", "[nginx]") {
    ClientLoop at;
    std::uint16_t port = 0;
    {
        const RawServer gone{at.loop, {}};
        port = gone.port();
    }
    const Nginx nginx{{Nginx::Server{proxy_to(port)}}};
    http::Endpoint endpoint;
    endpoint.url = http::Url::parse(nginx.url() + "/eth/v1/events?topics=head").value();
    StreamEnd seen;
    const sse::Stream stream{at.client, endpoint, sse::StreamOptions{}, seen};
    at.until([&] { return seen.end.has_value(); });
    CHECK((seen.end->reason == http::FailureReason::kHttpStatus));
    CHECK(seen.end->detail == "status 502");
}

TEST_CASE("a node that dies behind nginx in mid-stream is reset", "[nginx]") {
    ClientLoop at;
    const RawServer node{at.loop, [](Peer& peer) -> base::Task<void> {
                             co_await peer.send(kHead + kEvent);
                             boost::asio::steady_timer later{peer.socket.get_executor(), 50ms};
                             co_await later.async_wait(boost::asio::use_awaitable);
                         }};
    const Nginx nginx{{Nginx::Server{proxy_to(node.port(), "proxy_buffering off;")}}};
    Recorder seen;
    const auto transfer = at.client.open(request_to(nginx.url()), seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.body == "data: x\n\n");
    CHECK(seen.reason() == "reset");
}

TEST_CASE("an idle stream that nginx cuts is reset", "[nginx]") {
    ClientLoop at;
    const RawServer node{at.loop, one_event};
    const Nginx nginx{
        {Nginx::Server{proxy_to(node.port(), "proxy_buffering off; proxy_read_timeout 200ms;")}}};
    Recorder seen;
    const auto transfer = at.client.open(request_to(nginx.url()), seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.body == "data: x\n\n");
    CHECK(seen.reason() == "reset");
}

TEST_CASE("an nginx that is killed in mid-stream is reset, with and without TLS", "[nginx]") {
    ClientLoop at;
    const RawServer node{at.loop, one_event};
    const std::string proxy = proxy_to(node.port(), "proxy_buffering off;");
    Nginx nginx{{Nginx::Server{proxy}, Nginx::Server{certificates().tls_as("node") + proxy, true}}};
    Recorder plain;
    Recorder secure;
    const auto one = at.client.open(request_to(nginx.url(0)), plain);
    const auto two = at.client.open(trusting(nginx.url(1)), secure);
    at.until([&] { return !plain.body.empty() && !secure.body.empty(); });
    nginx.kill();
    at.until([&] { return plain.ended() && secure.ended(); });
    CHECK(plain.reason() == "reset");
    CHECK(secure.reason() == "reset");
}

TEST_CASE("a stream and a fetch over TLS with a private CA work", "[nginx]") {
    ClientLoop at;
    const RawServer node{at.loop, one_event};
    const Nginx nginx{tls_server(
        "node", proxy_to(node.port(), "proxy_buffering off;") +
                    "location /version { default_type application/json; return 200 '{}'; }\n")};
    Recorder seen;
    const auto transfer = at.client.open(trusting(nginx.url()), seen);
    at.until([&] { return !seen.body.empty(); });
    CHECK(seen.body == "data: x\n\n");
    const auto version = at.get(at.client.fetch(trusting(nginx.url() + "/version"), 5s));
    REQUIRE(version.has_value());
    CHECK(version->body == "{}");
    CHECK_FALSE(seen.ended());
}

TEST_CASE("a large body over TLS arrives whole", "[nginx]") {
    ClientLoop at;
    const std::string body(std::size_t{2} * 1024 * 1024, 'x');
    const RawServer node{at.loop, [&body](Peer& peer) -> base::Task<void> {
                             co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: " +
                                                std::to_string(body.size()) + "\r\n\r\n" + body);
                             co_await peer.closed();
                         }};
    const Nginx nginx{tls_server("node", proxy_to(node.port()))};
    Recorder seen;
    const auto transfer = at.client.open(trusting(nginx.url()), seen);
    at.until([&] { return seen.ended(); });
    CHECK((seen.body == body));
    CHECK(seen.reason() == "eof");
}

TEST_CASE("a certificate that nobody trusted vouches for is tls_failed", "[nginx]") {
    const Nginx nginx{tls_server("node", kSayVerified)};
    CHECK(reason_of(trusting(nginx.url())) == "eof");
    CHECK(reason_of(trusting(nginx.url(), "wrong_ca")) == "tls_failed");
    // The system's bundle does not know the private CA.
    CHECK(reason_of(request_to(nginx.url())) == "tls_failed");
}

TEST_CASE("an expired certificate is tls_failed", "[nginx]") {
    const Nginx nginx{tls_server("expired", kSayVerified)};
    CHECK(reason_of(trusting(nginx.url())) == "tls_failed");
}

TEST_CASE("a certificate for another name is tls_failed", "[nginx]") {
    const Nginx nginx{tls_server("other_name", kSayVerified)};
    CHECK(reason_of(trusting(nginx.url())) == "tls_failed");
    CHECK(reason_of(trusting("https://localhost:" + std::to_string(nginx.port()))) == "tls_failed");
}

TEST_CASE("a server that only speaks TLS 1.1 is tls_failed", "[nginx]") {
    const Nginx nginx{tls_server("node", "ssl_protocols TLSv1.1;\n" + kSayVerified)};
    CHECK(reason_of(trusting(nginx.url())) == "tls_failed");
}

TEST_CASE("a client certificate is shown where one is given", "[nginx]") {
    ClientLoop at;
    const Nginx nginx{tls_server("node", "ssl_client_certificate " +
                                             certificates().certificate("ca") +
                                             "; ssl_verify_client on;\n" + kSayVerified)};
    auto request = trusting(nginx.url());
    const auto without = at.get(at.client.fetch(request, 5s));
    REQUIRE(without.has_value());
    CHECK(without->head.status == 400);
    show_client_certificate(request);
    const auto with = at.get(at.client.fetch(request, 5s));
    REQUIRE(with.has_value());
    CHECK(with->head.status == 200);
    CHECK(with->body == "SUCCESS");
    request.endpoint.tls.client_key_file = certificates().key("node");
    CHECK(reason_of(request) == "tls_failed");
}

TEST_CASE("a redirect to another server does not show it the client certificate", "[nginx]") {
    ClientLoop at;
    const std::string asks = certificates().tls_as("node") + "ssl_client_certificate " +
                             certificates().certificate("ca") + "; ssl_verify_client optional;\n" +
                             kSayVerified;
    const Nginx target{{Nginx::Server{asks, true}}};
    const Nginx nginx{tls_server("node", "return 302 " + target.url() + "/;\n")};
    auto direct = trusting(target.url());
    show_client_certificate(direct);
    const auto shown = at.get(at.client.fetch(direct, 5s));
    REQUIRE(shown.has_value());
    CHECK(shown->body == "SUCCESS");
    auto redirected = trusting(nginx.url());
    show_client_certificate(redirected);
    const auto hidden = at.get(at.client.fetch(redirected, 5s));
    REQUIRE(hidden.has_value());
    CHECK(hidden->body == "NONE");
}

TEST_CASE("a redirect from https to http is refused, one from http to https is followed",
          "[nginx]") {
    const Nginx plain{{Nginx::Server{kSayVerified}}};
    const Nginx secure{
        tls_server("node", "location /down { return 302 " + plain.url() + "/; }\n" + kSayVerified)};
    const Nginx up{{Nginx::Server{"return 301 " + secure.url() + "/;\n"}}};
    CHECK(reason_of(trusting(secure.url() + "/down")) == "redirect");
    CHECK(reason_of(trusting(up.url())) == "eof");
}

}  // namespace nginx_test
