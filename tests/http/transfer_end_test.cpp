#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "tests/http/recorder.hpp"
#include "tests/support/raw_server.hpp"

namespace transfer_end_test {

namespace {

using namespace std::chrono_literals;
using tests::ClientLoop;
using tests::RawServer;
using tests::Recorder;
using tests::request_to;
using Peer = RawServer::Peer;

enum class Close : std::uint8_t { kFin, kReset, kNever };

struct Fault {
    std::string what;
    std::string answer;
    Close close;
    std::string reason;
    std::string body;
};

const std::string kChunked =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string kUnframed = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

std::string with_length(const std::string& length) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " + length +
           "\r\n\r\n";
}

/// Runs one transfer against a server that sends `answer` and then ends as asked; returns what was
/// recorded.
void check(const Fault& fault) {
    INFO(fault.what);
    ClientLoop at;
    RawServer server{at.loop, [&fault](Peer& peer) -> base::Task<void> {
                         co_await peer.send(fault.answer);
                         if (fault.close == Close::kNever) {
                             co_await peer.closed();
                         }
                         if (fault.close == Close::kReset) {
                             boost::asio::steady_timer later{peer.socket.get_executor(), 20ms};
                             co_await later.async_wait(boost::asio::use_awaitable);
                             peer.reset();
                         }
                     }};
    Recorder seen;
    const auto transfer = at.client.open(request_to(server.url("/events?key=secret")), seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.reason() == fault.reason);
    CHECK(seen.body == fault.body);
    CHECK(seen.connects == 1);
    CHECK(seen.ends.front().detail.find("secret") == std::string::npos);
    CHECK_FALSE(seen.ends.front().detail.empty());
    at.until([&] { return server.open_now() == 0; });
    CHECK(seen.ends.size() == 1);
}

}  // namespace

TEST_CASE("a body that ends as HTTP has it is eof", "[http]") {
    check({"final chunk", kChunked + "2\r\nab\r\n0\r\n\r\n", Close::kNever, "eof", "ab"});
    check({"close of an unframed body", kUnframed + "ab", Close::kFin, "eof", "ab"});
    check({"one length told twice", with_length("2\r\nContent-Length: 2") + "ab", Close::kNever,
           "eof", "ab"});
    check({"no coding", with_length("2\r\nContent-Encoding: identity") + "ab", Close::kNever, "eof",
           "ab"});
    check({"complete length", with_length("2") + "ab", Close::kNever, "eof", "ab"});
    check({"trailers", kChunked + "2\r\nab\r\n0\r\nX: y\r\n\r\n", Close::kNever, "eof", "ab"});
}

TEST_CASE("an answer that ends without a byte of body is empty_body", "[http]") {
    check({"length zero", with_length("0"), Close::kNever, "empty_body", ""});
    check({"final chunk alone", kChunked + "0\r\n\r\n", Close::kNever, "empty_body", ""});
    check({"unframed", kUnframed, Close::kFin, "empty_body", ""});
}

TEST_CASE("a connection that breaks or closes before the body is complete is reset", "[http]") {
    check({"close before an answer", "", Close::kFin, "reset", ""});
    check({"RST before an answer", "", Close::kReset, "reset", ""});
    check({"close inside the status line", "HTTP/1.1 20", Close::kFin, "reset", ""});
    check({"close inside the headers", "HTTP/1.1 200 OK\r\nContent-", Close::kFin, "reset", ""});
    check({"close after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", Close::kFin, "reset",
           ""});
    check({"close between chunks", kChunked + "2\r\nab\r\n", Close::kFin, "reset", "ab"});
    check({"close inside a chunk", kChunked + "9\r\nab", Close::kFin, "reset", "ab"});
    check({"close before the length", with_length("9") + "ab", Close::kFin, "reset", "ab"});
    check({"RST in mid-event", kChunked + "9\r\ndata:", Close::kReset, "reset", "data:"});
    check({"RST of an unframed body", kUnframed + "data:", Close::kReset, "reset", "data:"});
}

TEST_CASE("broken HTTP is malformed", "[http]") {
    check({"no status line", "hello\r\n\r\n", Close::kNever, "malformed", ""});
    check({"HTTP/0.9", "<html>hello</html>", Close::kFin, "malformed", ""});
    check({"unknown version", "HTTP/7.3 200 OK\r\n\r\n", Close::kNever, "malformed", ""});
    check({"no status", "HTTP/1.1 hello\r\n\r\n", Close::kNever, "malformed", ""});
    check({"no colon", "HTTP/1.1 200 OK\r\nhello\r\n\r\n", Close::kNever, "malformed", ""});
    check({"no number for length", with_length("ab"), Close::kNever, "malformed", ""});
    check({"length with a tail", with_length("5x") + "abcde", Close::kNever, "malformed", ""});
    check({"two lengths", with_length("2\r\nContent-Length: 3") + "abc", Close::kNever, "malformed",
           ""});
    check({"negative length", with_length("-1"), Close::kNever, "malformed", ""});
    check({"no chunk size", kChunked + "2\r\nab\r\nzz\r\n", Close::kNever, "malformed", "ab"});
    check({"huge chunk size", kChunked + "fffffffffffffffff\r\n", Close::kNever, "malformed", ""});
    check({"chunk without its end", kChunked + "2\r\nabcd\r\n", Close::kNever, "malformed", "ab"});
}

TEST_CASE("a header block beyond its limit is too_large", "[http]") {
    std::string many = "HTTP/1.1 200 OK\r\n";
    while (many.size() < std::size_t{80} * 1024) {
        many += "X-Header: " + std::string(200, 'x') + "\r\n";
    }
    check({"many headers", many, Close::kNever, "too_large", ""});
    check({"one endless header", "HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x'),
           Close::kNever, "too_large", ""});
    std::string interim;
    while (interim.size() < std::size_t{80} * 1024) {
        interim += "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    }
    check({"endless interim answers", interim, Close::kNever, "too_large", ""});
    std::string trailers = kChunked + "2\r\nab\r\n0\r\n";
    while (trailers.size() < std::size_t{80} * 1024) {
        trailers += "X-Trailer: " + std::string(200, 'x') + "\r\n";
    }
    check({"many trailers", trailers, Close::kNever, "too_large", "ab"});
}

TEST_CASE("nobody at the port is connect_failed", "[http]") {
    ClientLoop at;
    std::string url;
    {
        const RawServer gone{at.loop, {}};
        url = gone.url();
    }
    Recorder seen;
    const auto transfer = at.client.open(request_to(url), seen);
    CHECK_FALSE(seen.ended());
    at.until([&] { return seen.ended(); });
    CHECK(seen.reason() == "connect_failed");
    CHECK(seen.ends.front().detail == "Connection refused");
    CHECK(seen.connects == 0);
}

TEST_CASE("a name that nobody knows is dns_failed", "[http]") {
    ClientLoop at;
    Recorder seen;
    auto request = request_to("http://no-such-host.invalid:1/");
    request.connect_timeout = 15s;
    const auto transfer = at.client.open(request, seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.reason() == "dns_failed");
}

TEST_CASE("a port that takes no more connections is connect_timeout", "[http]") {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(listener >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener, any, length) == 0);
    REQUIRE(::listen(listener, 0) == 0);
    REQUIRE(::getsockname(listener, any, &length) == 0);
    // Nobody accepts: these fill the queue, and the kernel then ignores whoever knocks.
    std::vector<int> fillers;
    for (int i = 0; i < 4; ++i) {
        fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        (void)::connect(fillers.back(), any, length);
    }

    ClientLoop at;
    Recorder seen;
    auto request = request_to("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
    request.connect_timeout = 150ms;
    const auto transfer = at.client.open(request, seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.reason() == "connect_timeout");
    CHECK(seen.connects == 0);
    for (const int filler : fillers) {
        ::close(filler);
    }
    ::close(listener);
}

TEST_CASE("a TLS handshake that is never answered is connect_timeout", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, [](Peer& peer) -> base::Task<void> { co_await peer.closed(); },
                           RawServer::Read::kNothing};
    Recorder seen;
    auto request = request_to("https://127.0.0.1:" + std::to_string(server.port()));
    request.connect_timeout = 150ms;
    const auto transfer = at.client.open(request, seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.reason() == "connect_timeout");
    CHECK(seen.connects == 0);
}

TEST_CASE("a server that speaks no TLS is tls_failed", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop,
                           [](Peer& peer) -> base::Task<void> {
                               co_await peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
                               co_await peer.closed();
                           },
                           RawServer::Read::kNothing};
    Recorder seen;
    const auto transfer =
        at.client.open(request_to("https://127.0.0.1:" + std::to_string(server.port())), seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.reason() == "tls_failed");
}

TEST_CASE("a CA file or client certificate that cannot be read is tls_failed", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, [](Peer& peer) -> base::Task<void> { co_await peer.closed(); },
                           RawServer::Read::kNothing};
    auto request = request_to("https://127.0.0.1:" + std::to_string(server.port()));
    SECTION("CA file") {
        request.endpoint.tls.ca_file = "/nonexistent/ca.pem";
    }
    SECTION("client certificate") {
        request.endpoint.tls.client_certificate_file = "/nonexistent/client.pem";
    }
    Recorder seen;
    const auto transfer = at.client.open(request, seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.reason() == "tls_failed");
}

TEST_CASE("a head that the listener refuses ends the transfer before a byte of body", "[http]") {
    ClientLoop at;
    RawServer server{at.loop, [](Peer& peer) -> base::Task<void> {
                         co_await peer.send(kUnframed + "data: x\n\n");
                         co_await peer.closed();
                     }};
    Recorder seen;
    seen.refuse = http::TransferError{http::FailureReason::kContentType, "not this"};
    const auto transfer = at.client.open(request_to(server.url()), seen);
    at.until([&] { return seen.ended() && server.open_now() == 0; });
    CHECK(seen.reason() == "content_type");
    CHECK(seen.ends.front().detail == "not this");
    CHECK(seen.body.empty());
    CHECK(seen.ends.size() == 1);
}

TEST_CASE("a node that hangs before its headers stays connected and waiting", "[http]") {
    ClientLoop at;
    RawServer server{at.loop, [](Peer& peer) -> base::Task<void> { co_await peer.closed(); }};
    Recorder seen;
    auto request = request_to(server.url());
    request.connect_timeout = 100ms;
    const auto transfer = at.client.open(request, seen);
    at.until([&] { return seen.connects == 1; });
    at.watch_for(400ms);
    CHECK_FALSE(seen.ended());
    CHECK_FALSE(seen.head.has_value());
    CHECK(server.open_now() == 1);
}

TEST_CASE("a lack of file descriptors is told as our own and not as the node's fault", "[http]") {
    ClientLoop at;
    RawServer server{at.loop, [](Peer& peer) -> base::Task<void> { co_await peer.closed(); }};
    // UBSan wants descriptors of its own the first time it sees a type: let it see all of them now.
    {
        Recorder refused;
        const auto transfer = at.client.open(request_to("http://127.0.0.1:1/events"), refused);
        at.until([&] { return refused.ended(); });
        REQUIRE(refused.reason() == "connect_failed");
        CHECK(refused.ends.front().detail.find("descriptor") == std::string::npos);
    }
    // What is needed before a socket is there already: the limit is the highest one in use.
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int next = ::dup(0);
    ::close(next);
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(next);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    Recorder seen;
    const auto transfer = at.client.open(request_to(server.url("/events")), seen);
    at.until([&] { return seen.ended(); });
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(seen.reason() == "connect_failed");
    CHECK(seen.ends.front().detail.find("descriptor") != std::string::npos);
}

}  // namespace transfer_end_test
