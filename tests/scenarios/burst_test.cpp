// All nodes report a head within the same moment, on the real loop: what waits for the first of
// them does not wait for the rest.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "base/system_clock.hpp"
#include "http/client.hpp"
#include "monitor/monitor_service.hpp"
#include "terminal/json_lines.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/raw_server.hpp"

namespace burst_test {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kStreams = 256;

/// Real streams; no node answers a request.
class StreamsAlone final : public monitor::NodeAccess {
  public:
    explicit StreamsAlone(http::Client& client) : nodes_{client} {}

    std::unique_ptr<OpenedStream> open(const monitor::Candidate& candidate, std::string_view topics,
                                       sse::StreamOptions options,
                                       beacon_api::EventStreamListener& listener) override {
        return nodes_.open(candidate, topics, options, listener);
    }
    base::Task<monitor::RestAnswer> request(monitor::Candidate /*candidate*/,
                                            monitor::RestRequest /*request*/) override {
        co_return monitor::RestAnswer{base::Error{base::ErrorCode::kHttpStatus, "status 404"}, {}};
    }

  private:
    monitor::HttpNodeAccess nodes_;
};

std::string chunk(const std::string& text) {
    std::array<char, 16> size{};
    (void)std::snprintf(size.data(), size.size(), "%zx\r\n", text.size());
    return size.data() + text + "\r\n";
}

std::string head_event() {
    const std::string root = "0x" + std::string(64, 'a');
    return "event: head\ndata: {\"slot\":\"7\",\"block\":\"" + root + "\",\"state\":\"" + root +
           "\",\"epoch_transition\":false,\"previous_duty_dependent_root\":\"" + root +
           "\",\"current_duty_dependent_root\":\"" + root +
           "\",\"execution_optimistic\":false}\n\n";
}

/// A node for each connection that asks for events without head_v2; the head is sent by hand.
class Nodes {
  public:
    explicit Nodes(asio::io_context& loop)
        : server_{loop, [this](tests::RawServer::Peer& peer) { return serve(peer); }} {}

    [[nodiscard]] std::string url() const { return server_.url("/"); }
    [[nodiscard]] std::size_t streams() const { return peers_.size(); }
    /// The bytes are in the client's sockets when this returns.
    void send_all(const std::string& bytes) {
        for (tests::RawServer::Peer* const peer : peers_) {
            asio::write(peer->socket, asio::buffer(bytes));
        }
    }

  private:
    base::Task<void> serve(tests::RawServer::Peer& peer) {
        if (peer.head.find("head_v2") != std::string::npos) {
            co_await peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            co_return;
        }
        co_await peer.send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Transfer-Encoding: chunked\r\n\r\n");
        peers_.push_back(&peer);
        co_await peer.closed();
    }

    std::vector<tests::RawServer::Peer*> peers_;
    tests::RawServer server_;
};

std::size_t count(const std::string& text, std::string_view word) {
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("the first head of a burst is written before the others are read", "[scenarios]") {
    asio::io_context loop;
    base::SystemClock clock{loop.get_executor()};
    http::Client client{loop.get_executor(), clock};
    StreamsAlone access{client};
    monitor::CandidateList candidates{loop.get_executor()};
    updates::Broadcast broadcast{loop.get_executor()};
    monitor::MonitorContext context{loop.get_executor(), clock, access, candidates, broadcast, {}};
    monitor::RunState state{context.options, clock.instant()};
    Nodes nodes{loop};
    std::vector<monitor::Candidate> list;
    for (std::size_t i = 0; i < kStreams; ++i) {
        http::Endpoint endpoint;
        endpoint.url = http::Url::parse(nodes.url()).value();
        list.push_back({updates::NodeId{"n" + std::to_string(i)}, endpoint, {}, false});
    }
    REQUIRE(candidates.replace(std::move(list)).has_value());

    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    terminal::JsonLines lines{loop.get_executor(), broadcast, pipe[1], {}};
    monitor::MonitorService service{context, state};
    int running = 2;
    const auto ended = [&](const std::exception_ptr& /*error*/) { --running; };
    asio::co_spawn(loop, service.run(), ended);
    asio::co_spawn(loop, lines.run(), ended);

    std::string text;
    const auto read = [&] {
        std::array<char, 65536> bytes{};
        const ssize_t got = ::read(pipe[0], bytes.data(), bytes.size());
        text.append(bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    };
    tests::run_until(loop, [&] {
        read();
        return nodes.streams() == kStreams && count(text, "\"stream_opened\"") == kStreams;
    });
    text.clear();
    nodes.send_all(chunk(head_event()));
    tests::run_until(loop, [&] {
        read();
        return count(text, "\"best_head\"") == 1;
    });
    CHECK(count(text, "\"node_head\"") == 1);
    tests::run_until(loop, [&] {
        read();
        return count(text, "\"node_head\"") == kStreams;
    });

    broadcast.close();
    tests::run_until(loop, [&] {
        read();
        return running == 0;
    });
    ::close(pipe[0]);
    ::close(pipe[1]);
}

}  // namespace burst_test
