#include "beacon_api/event_stream.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "http/client.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/raw_server.hpp"

namespace {

using Lines = std::vector<std::string>;

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// Writes down what one stream does, each call as a line.
class Log final : public beacon_api::EventStreamListener {
  public:
    void on_connected() override { add("connected"); }
    void on_open() override { add("open"); }
    void on_bytes(std::string_view bytes, base::Instant /*arrived*/) override {
        body += bytes;
        add("bytes");
    }
    void on_comment(std::string_view comment, base::Instant /*arrived*/) override {
        add("comment" + std::string{comment});
    }
    void on_event(std::string_view topic, const base::Result<beacon_api::ChainEvent>& decoded,
                  const sse::Event& raw, base::Instant /*arrived*/) override {
        const std::string what = decoded ? "alternative " + std::to_string(decoded->index())
                                         : std::string{base::to_string(decoded.error().code)};
        if (const auto* other =
                decoded ? std::get_if<beacon_api::OtherEvent>(&decoded.value()) : nullptr) {
            data.push_back(other->data);
        }
        add(std::string{topic} + ": " + what + ", " + std::string{raw.type} + " " +
            std::to_string(raw.data.size()) + " bytes");
    }
    void on_end(const http::TransferError& why) override {
        add("end " + std::string{to_string(why.reason)});
        is_over = true;
    }

    Lines lines;
    /// Of events that are not decoded.
    Lines data;
    std::string body;
    bool is_over = false;
    /// Runs last in each call; may destroy the stream.
    std::function<void(const std::string& line)> hook;

  private:
    void add(const std::string& line) {
        lines.push_back(line);
        if (hook) {
            hook(line);
        }
    }
};

struct StreamFixture {
    explicit StreamFixture(const std::string& body)
        : server{loop, [body](tests::RawServer::Peer& peer) -> base::Task<void> {
                     co_await peer.send(kHead + body);
                 }} {}

    void run(Log& log, const std::string& path = "/prefix") {
        endpoint.url = http::Url::parse(server.url(path)).value();
        stream = std::make_unique<beacon_api::EventStream>(client, decoder, endpoint, "head,block",
                                                           sse::StreamOptions{}, log);
        tests::run_until(loop, [&] { return log.is_over || !stream; });
    }

    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    http::Client client{loop.get_executor(), clock};
    tests::RawServer server;
    http::Endpoint endpoint;
    beacon_api::EventDecoder decoder;
    std::unique_ptr<beacon_api::EventStream> stream;
};

}  // namespace

TEST_CASE("a stream gives its bytes, its comments and its events, decoded and as they came",
          "[beacon_api]") {
    const std::string body = ": hi\n\nevent: head\ndata: {}\n\nevent: other\ndata: 123\n\n";
    StreamFixture f{body};
    Log log;
    f.run(log);
    CHECK(log.lines == Lines{"connected", "open", "bytes", "comment hi",
                             "head: missing_field, head 2 bytes",
                             "other: alternative 4, other 3 bytes", "end eof"});
    CHECK(log.body == body);
    REQUIRE(f.server.heads().size() == 1);
    CHECK(f.server.heads()[0].starts_with("GET /prefix/eth/v1/events?topics=head,block "));
}

TEST_CASE("a listener may destroy its stream in each of its calls, and hears no more",
          "[beacon_api]") {
    const std::string body = ": hi\n\nevent: head\ndata: {}\n\nevent: head\ndata: {}\n\n";
    for (const std::string last : {"connected", "open", "bytes", "comment hi",
                                   "head: missing_field, head 2 bytes", "end eof"}) {
        INFO(last);
        StreamFixture f{body};
        Log log;
        log.hook = [&](const std::string& line) {
            if (line == last) {
                f.stream.reset();
            }
        };
        f.run(log);
        CHECK(log.lines.back() == last);
        CHECK(std::count(log.lines.begin(), log.lines.end(), last) == 1);
    }
}

TEST_CASE("text of events that are not decoded is handed on without the node's secrets",
          "[beacon_api]") {
    StreamFixture f{"event: error\ndata: no /prefix-key here\n\nevent: prefix-key\ndata: x\n\n"};
    Log log;
    f.run(log, "/prefix-key");
    CHECK(log.data == Lines{"no /[hidden] here", "x"});
    CHECK(log.lines[3] == "error: alternative 4, error 19 bytes");
    CHECK(log.lines[4] == "[hidden]: alternative 4, prefix-key 1 bytes");
}

TEST_CASE("a stream that is refused ends with the node's own reason", "[beacon_api]") {
    const auto detail_of = [](int status, const std::string& body) {
        http::TransferError why{http::FailureReason::kHttpStatus, "status", status};
        why.body = body;
        return beacon_api::with_reason(why, http::Redactor{}).detail;
    };
    CHECK(detail_of(500, R"({"message":"out of memory"})") == "status 500: out of memory");
    CHECK(detail_of(503, "") == "status 503");
    const http::TransferError reset{http::FailureReason::kReset, "closed"};
    CHECK(beacon_api::with_reason(reset, http::Redactor{}).detail == "closed");
}
