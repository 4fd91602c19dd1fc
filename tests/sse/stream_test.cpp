#include "sse/stream.hpp"

#include <functional>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "base/system_clock.hpp"
#include "http/client.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/raw_server.hpp"

namespace {

using namespace std::chrono_literals;
using tests::RawServer;
using Peer = RawServer::Peer;

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// Writes down what one stream does, each call as a line.
class Log final : public sse::StreamListener {
  public:
    void on_connected() override { add("connected"); }
    void on_open() override { add("open"); }
    void on_event(const sse::Event& event, base::Instant at) override {
        arrived = at;
        add("event " + std::string{event.type} + " " + std::string{event.data});
    }
    void on_bytes(std::string_view /*bytes*/, base::Instant at) override {
        arrived = at;
        add("bytes");
    }
    void on_comment(std::string_view comment, base::Instant /*arrived*/) override {
        add("comment" + std::string{comment});
    }
    void on_end(const http::TransferError& why) override {
        detail = why.detail;
        add("end " + std::string{to_string(why.reason)});
    }

    [[nodiscard]] bool has(const std::string& line) const {
        return std::find(lines.begin(), lines.end(), line) != lines.end();
    }
    [[nodiscard]] bool ended() const {
        return !lines.empty() && lines.back().rfind("end ", 0) == 0;
    }

    std::vector<std::string> lines;
    std::string detail;
    base::Instant arrived{};
    /// Runs last in each call; may destroy this.
    std::function<void(const std::string& line)> hook;

  private:
    void add(const std::string& line) {
        lines.push_back(line);
        if (const auto copy = hook) {
            copy(line);
        }
    }
};

struct StreamFixture {
    StreamFixture() : clock{loop}, client{loop.get_executor(), clock} {}

    /// A server that sends `answer`; it closes then, or stays.
    void serve(const std::string& answer, bool stays = false) {
        server.emplace(loop, [answer, stays](Peer& peer) -> base::Task<void> {
            co_await peer.send(answer);
            if (stays) {
                co_await peer.closed();
            }
        });
    }
    [[nodiscard]] std::unique_ptr<sse::Stream> open(Log& log, std::size_t event_bytes_max = 1000) {
        http::Endpoint endpoint;
        endpoint.url = http::Url::parse(server->url("/eth/v1/events?topics=head")).value();
        sse::StreamOptions options;
        options.event_bytes_max = event_bytes_max;
        return std::make_unique<sse::Stream>(client, endpoint, options, log);
    }
    void until(const std::function<bool()>& done) { tests::run_until(loop, done); }
    /// What a stream does with this answer, to its end.
    [[nodiscard]] std::vector<std::string> run(const std::string& answer, Log& log) {
        serve(answer);
        const auto stream = open(log);
        CHECK(log.lines.empty());
        until([&] { return log.ended(); });
        return log.lines;
    }

    boost::asio::io_context loop;
    tests::ManualClock clock;
    http::Client client;
    std::optional<RawServer> server;
};

std::string with_status(const std::string& status) {
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\ndata: x\n\n";
}

std::string with_type(const std::string& header) {
    return "HTTP/1.1 200 OK\r\n" + header + "\r\ndata: x\n\n";
}

/// Counts events and, once it has seen enough of them, what the next ones allocate.
class Counter final : public sse::StreamListener {
  public:
    void on_connected() override {}
    void on_open() override {}
    void on_event(const sse::Event& /*event*/, base::Instant /*arrived*/) override {
        ++events;
        if (events == kWarm) {
            before = tests::allocations();
        }
        if (events == kWarm + kMeasured) {
            allocated = tests::allocations() - before;
        }
    }
    void on_bytes(std::string_view /*bytes*/, base::Instant /*arrived*/) override {}
    void on_comment(std::string_view /*comment*/, base::Instant /*arrived*/) override {}
    void on_end(const http::TransferError& /*why*/) override {}

    static constexpr std::size_t kWarm = 50;
    static constexpr std::size_t kMeasured = 500;
    std::size_t events = 0;
    std::size_t before = 0;
    std::optional<std::size_t> allocated;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a stream is connected, then open, then gives events until it ends", "[sse]") {
    StreamFixture fixture;
    Log log;
    const Lines lines = fixture.run(kHead + ": hello\n\nevent: head\ndata: 1\n\ndata: half", log);
    REQUIRE(lines.size() >= 6);
    CHECK(lines[0] == "connected");
    CHECK(lines[1] == "open");
    CHECK(lines[2] == "bytes");
    CHECK(lines[3] == "comment hello");
    CHECK(lines[4] == "event head 1");
    CHECK(lines.back() == "end eof");
    CHECK_FALSE(log.has("event message half"));
    CHECK(fixture.server->heads().at(0).find("GET /eth/v1/events?topics=head HTTP/1.1\r\n") == 0);
    CHECK(fixture.server->heads()[0].find("Accept: text/event-stream\r\n") != std::string::npos);
}

TEST_CASE("a stream that has no answer yet is connected and nothing else", "[sse]") {
    StreamFixture fixture;
    Log log;
    fixture.serve("", true);
    const auto stream = fixture.open(log);
    fixture.until([&] { return fixture.server->heads().size() == 1; });
    fixture.until([&] { return !log.lines.empty(); });
    fixture.clock.advance(1h);
    CHECK((log.lines == Lines{"connected"}));
}

TEST_CASE("an accepted head opens the stream before its first byte", "[sse]") {
    StreamFixture fixture;
    Log log;
    fixture.serve(kHead, true);
    const auto stream = fixture.open(log);
    fixture.until([&] { return log.has("open"); });
    CHECK((log.lines == Lines{"connected", "open"}));
}

TEST_CASE("a status that is not 200 ends the stream with http_status", "[sse]") {
    for (const std::string status : {"204 No Content", "206 Partial", "400 Bad Request",
                                     "404 Not Found", "502 Bad Gateway", "503 Unavailable"}) {
        StreamFixture fixture;
        Log log;
        CHECK((fixture.run(with_status(status), log) == Lines{"connected", "end http_status"}));
        CHECK(log.detail == "status " + status.substr(0, 3));
    }
}

TEST_CASE("a type other than text/event-stream ends the stream with content_type", "[sse]") {
    for (const std::string header :
         {"Content-Type: text/html\r\n", "Content-Type: text/event-streams\r\n", "",
          "Content-Type: application/json;x=text/event-stream\r\n", "Content-Type:\r\n"}) {
        StreamFixture fixture;
        Log log;
        CHECK((fixture.run(with_type(header), log) == Lines{"connected", "end content_type"}));
    }
    StreamFixture fixture;
    Log log;
    (void)fixture.run(with_type("Content-Type: text/\x1b[31mred" + std::string(500, 'x') + "\r\n"),
                      log);
    CHECK(log.detail.find('\x1b') == std::string::npos);
    CHECK(log.detail.size() < 200);
}

TEST_CASE("the type may have parameters and any case", "[sse]") {
    for (const std::string type : {"text/event-stream;charset=utf-8",
                                   "Text/Event-Stream ; charset=utf-8", "TEXT/EVENT-STREAM"}) {
        StreamFixture fixture;
        Log log;
        (void)fixture.run(with_type("Content-Type: " + type + "\r\n"), log);
        CHECK(log.has("event message x"));
    }
}

TEST_CASE("an accepted stream without a byte is opened and ends with empty_body", "[sse]") {
    StreamFixture fixture;
    Log log;
    CHECK((fixture.run("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: "
                       "0\r\n\r\n",
                       log) == Lines{"connected", "open", "end empty_body"}));
}

TEST_CASE("a stream that breaks in mid-event gives the whole events before it", "[sse]") {
    StreamFixture fixture;
    Log log;
    const Lines lines = fixture.run(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-"
        "Length: 99\r\n\r\ndata: 1\n\ndata: 2\n",
        log);
    CHECK(log.has("event message 1"));
    CHECK_FALSE(log.has("event message 2"));
    CHECK(lines.back() == "end reset");
}

TEST_CASE("an event beyond the limit ends the stream with too_large", "[sse]") {
    StreamFixture fixture;
    Log log;
    fixture.serve(kHead + "data: 1\n\ndata: " + std::string(2000, 'x'), true);
    const auto stream = fixture.open(log, 1000);
    fixture.until([&] { return log.ended(); });
    CHECK(log.has("event message 1"));
    CHECK(log.lines.back() == "end too_large");
    CHECK(log.detail == "an event of more than 1000 bytes");
    fixture.until([&] { return fixture.server->open_now() == 0; });
    CHECK(log.lines.back() == "end too_large");
}

TEST_CASE("events carry the instant at which their bytes were read", "[sse]") {
    StreamFixture fixture;
    Log log;
    fixture.serve(kHead + "data: 1\n\n", true);
    fixture.clock.advance(7s);
    const base::Instant now = fixture.clock.instant();
    const auto stream = fixture.open(log);
    fixture.until([&] { return log.has("event message 1"); });
    CHECK((log.arrived == now));
}

TEST_CASE("a warm stream allocates nothing for its bytes and events", "[sse]") {
    StreamFixture fixture;
    // The node sends the next event when the last one was seen, so that each has a read of its own.
    Counter seen;
    const std::string event = "event: head\ndata: " + std::string(400, 'x') + "\n\n";
    fixture.server.emplace(fixture.loop, [&](Peer& peer) -> base::Task<void> {
        co_await peer.send(kHead);
        peer.socket.non_blocking(true);
        while (!seen.allocated) {
            const std::size_t last = seen.events;
            boost::asio::write(peer.socket, boost::asio::buffer(event));
            while (seen.events == last) {
                co_await boost::asio::post(boost::asio::use_awaitable);
            }
        }
    });
    http::Endpoint endpoint;
    endpoint.url = http::Url::parse(fixture.server->url()).value();
    const sse::Stream stream{fixture.client, endpoint, sse::StreamOptions{}, seen};
    fixture.until([&] { return seen.allocated.has_value(); });
    CHECK(*seen.allocated == 0);
}

TEST_CASE("a listener may destroy its stream in each of its calls", "[sse]") {
    const std::string answer = kHead + ": hello\n\ndata: 1\n\ndata: 2\n\n";
    for (const std::string call :
         {"connected", "open", "bytes", "comment hello", "event message 1", "end eof"}) {
        INFO(call);
        StreamFixture fixture;
        fixture.serve(answer);
        auto log = std::make_unique<Log>();
        std::unique_ptr<sse::Stream> stream;
        bool destroyed = false;
        log->hook = [&](const std::string& line) {
            if (line == call) {
                stream.reset();
                log.reset();
                destroyed = true;
            }
        };
        stream = fixture.open(*log);
        fixture.until([&] { return destroyed; });
        fixture.until([&] { return fixture.server->open_now() == 0; });
        CHECK(log == nullptr);
    }
}

TEST_CASE("a listener may destroy its stream in the end that an event too large brings", "[sse]") {
    StreamFixture fixture;
    fixture.serve(kHead + "data: " + std::string(2000, 'x'), true);
    auto log = std::make_unique<Log>();
    std::unique_ptr<sse::Stream> stream;
    bool destroyed = false;
    log->hook = [&](const std::string& line) {
        if (line == "end too_large") {
            stream.reset();
            log.reset();
            destroyed = true;
        }
    };
    stream = fixture.open(*log, 1000);
    fixture.until([&] { return destroyed && fixture.server->open_now() == 0; });
    CHECK(log == nullptr);
}

TEST_CASE("a destroyed stream is silent", "[sse]") {
    StreamFixture fixture;
    Log log;
    fixture.serve(kHead + "data: 1\n\n", true);
    auto stream = fixture.open(log);
    fixture.until([&] { return log.has("event message 1"); });
    const Lines before = log.lines;
    stream.reset();
    fixture.until([&] { return fixture.server->open_now() == 0; });
    CHECK((log.lines == before));
}
