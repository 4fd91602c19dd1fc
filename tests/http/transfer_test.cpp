#include <filesystem>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "tests/http/recorder.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/raw_server.hpp"

namespace transfer_test {

namespace {

using namespace std::chrono_literals;
using tests::ClientLoop;
using tests::RawServer;
using tests::Recorder;
using tests::request_to;
using Peer = RawServer::Peer;

const std::string kChunkedHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string kUnframedHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// A server that sends these pieces one by one, each in a packet of its own, and closes.
RawServer::Script in_pieces(const std::vector<std::string>& pieces) {
    return [&pieces](Peer& peer) -> base::Task<void> {
        peer.socket.set_option(boost::asio::ip::tcp::no_delay{true});
        for (const std::string& piece : pieces) {
            co_await peer.send(piece);
            boost::asio::steady_timer pause{peer.socket.get_executor(), 500us};
            co_await pause.async_wait(boost::asio::use_awaitable);
        }
    };
}

base::Task<void> quiet(Peer& peer) {
    co_await peer.send(kChunkedHead + "3\r\n:\n\n\r\n");
    co_await peer.closed();
}

std::size_t open_files() {
    const std::filesystem::directory_iterator all{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("a chunked body is the same wherever the packets cut it", "[http]") {
    const std::string answer =
        kChunkedHead + "5;ext=1\r\ndata:\r\n1\r\n \r\n4\r\nab\n\n\r\n0\r\nT: x\r\n\r\n";
    for (std::size_t cut = 1; cut < answer.size(); ++cut) {
        INFO(cut);
        ClientLoop at;
        const std::vector<std::string> pieces{answer.substr(0, cut), answer.substr(cut)};
        const RawServer server{at.loop, in_pieces(pieces)};
        Recorder seen;
        const auto transfer = at.client.open(request_to(server.url()), seen);
        at.until([&] { return seen.ended(); });
        REQUIRE(seen.body == "data: ab\n\n");
        REQUIRE(seen.reason() == "eof");
    }
}

TEST_CASE("bytes that drip in one by one are handed on as they come", "[http]") {
    ClientLoop at;
    std::vector<std::string> pieces;
    for (const char c : kUnframedHead + "data: slow\n\n") {
        pieces.emplace_back(1, c);
    }
    const RawServer server{at.loop, in_pieces(pieces)};
    Recorder seen;
    const auto transfer = at.client.open(request_to(server.url()), seen);
    at.until([&] { return seen.ended(); });
    CHECK(seen.body == "data: slow\n\n");
    CHECK(seen.arrivals.size() > 6);
    CHECK(std::is_sorted(seen.arrivals.begin(), seen.arrivals.end(),
                         [](const auto& a, const auto& b) { return a.mono < b.mono; }));
}

TEST_CASE("no more is read than may wait to be handed on, and nothing of it is lost", "[http]") {
    http::ClientLimits limits;
    limits.undelivered_bytes_max = std::size_t{16} * 1024;
    ClientLoop at{limits};
    std::string body;
    while (body.size() < std::size_t{512} * 1024) {
        body += "data: " + std::to_string(body.size()) + "\n\n";
    }
    // A body of a known length is read by curl.
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    const RawServer server{at.loop, [&](Peer& peer) -> base::Task<void> {
                               co_await peer.send(head);
                               co_await peer.send(body);
                           }};
    constexpr std::size_t kStreams = 6;
    std::vector<Recorder> seen(kStreams);
    std::vector<std::unique_ptr<http::TransferHandle>> transfers(kStreams);
    std::vector<std::size_t> known(kStreams);
    std::size_t most = 0;
    for (std::size_t i = 0; i < kStreams; ++i) {
        seen[i].at_bytes = [&, i] {
            most = std::max(most, seen[i].body.size() - known[i]);
            known[i] = seen[i].body.size();
            if (i == 0 && known[i] > body.size() / 4) {
                // Gives up while the others wait.
                transfers[0].reset();
            }
        };
        transfers[i] = at.client.open(request_to(server.url()), seen[i]);
    }
    at.until([&] {
        return std::all_of(seen.begin() + 1, seen.end(),
                           [](const auto& one) { return one.ended(); });
    });
    for (std::size_t i = 1; i < kStreams; ++i) {
        CHECK(seen[i].body == body);
        CHECK(seen[i].reason() == "eof");
    }
    CHECK(seen[0].body.size() < body.size());
    CHECK_FALSE(seen[0].ended());
    // And one read of a socket.
    CHECK(most <= limits.undelivered_bytes_max + 8 * 1024);
    CHECK(at.client.limits_met().undelivered_bytes > 0);
}

TEST_CASE("bytes carry the clock's time on both clocks", "[http]") {
    boost::asio::io_context loop;
    tests::ManualClock clock{loop};
    http::Client client{loop.get_executor(), clock};
    const RawServer server{loop, quiet};
    clock.advance(5s);
    clock.step_wall(-1h);
    const base::Instant now = clock.instant();
    Recorder seen;
    const auto transfer = client.open(request_to(server.url()), seen);
    tests::run_until(loop, [&] { return !seen.body.empty(); });
    REQUIRE(seen.arrivals.size() == 1);
    CHECK((seen.arrivals[0] == now));
}

TEST_CASE("a large body arrives whole and in order", "[http]") {
    ClientLoop at;
    std::string body;
    for (int i = 0; body.size() < std::size_t{3} * 1024 * 1024; ++i) {
        body += std::to_string(i) + "\n";
    }
    const std::vector<std::string> pieces{kUnframedHead + body};
    const RawServer server{at.loop, in_pieces(pieces)};
    Recorder seen;
    const auto transfer = at.client.open(request_to(server.url()), seen);
    at.until([&] { return seen.ended(); });
    CHECK((seen.body == body));
    // What waits for the listener is bounded, however fast the sender: 101 of curl's buffers.
    CHECK(seen.arrivals.size() >= body.size() / (std::size_t{101} * 8 * 1024));
}

TEST_CASE("interim answers are no head", "[http]") {
    ClientLoop at;
    const std::vector<std::string> pieces{"HTTP/1.1 103 Early Hints\r\nDate: wrong\r\n\r\n",
                                          "HTTP/1.1 200 Fine\r\nDate: right\r\nContent-Type: "
                                          "Text/Event-Stream ; charset=x\r\n\r\nab"};
    const RawServer server{at.loop, in_pieces(pieces)};
    Recorder seen;
    const auto transfer = at.client.open(request_to(server.url()), seen);
    at.until([&] { return seen.ended(); });
    REQUIRE(seen.head.has_value());
    CHECK(seen.head->status == 200);
    CHECK(seen.head->date == "right");
    CHECK(seen.head->content_type == "text/event-stream");
    CHECK_FALSE(seen.head->content_length.has_value());
}

TEST_CASE("each stream has a connection of its own", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, quiet};
    Recorder first;
    Recorder second;
    auto one = at.client.open(request_to(server.url()), first);
    at.until([&] { return !first.body.empty(); });
    one.reset();
    const auto two = at.client.open(request_to(server.url()), second);
    at.until([&] { return !second.body.empty(); });
    CHECK(server.accepted() == 2);
}

TEST_CASE("a destroyed transfer is silent and its connection is closed", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, quiet};
    Recorder seen;
    auto transfer = at.client.open(request_to(server.url()), seen);
    SECTION("before anything happened") {
        transfer.reset();
        at.watch_for(50ms);
        CHECK(seen.connects == 0);
    }
    SECTION("in the middle") {
        at.until([&] { return !seen.body.empty(); });
        transfer.reset();
        at.until([&] { return server.open_now() == 0; });
    }
    CHECK_FALSE(seen.ended());
}

TEST_CASE("a listener may destroy its own transfer in each of its calls", "[http]") {
    for (const int call : {0, 1, 2, 3}) {
        INFO(call);
        ClientLoop at;
        const std::vector<std::string> pieces{kUnframedHead + "a", "b"};
        const RawServer server{at.loop, in_pieces(pieces)};
        auto seen = std::make_unique<Recorder>();
        std::unique_ptr<http::TransferHandle> transfer;
        int calls_after = 0;
        const auto destroy = [&] {
            ++calls_after;
            transfer.reset();
            seen.reset();
        };
        (call == 0   ? seen->at_connected
         : call == 1 ? seen->at_head
         : call == 2 ? seen->at_bytes
                     : seen->at_end) = destroy;
        transfer = at.client.open(request_to(server.url()), *seen);
        at.until([&] { return calls_after > 0; });
        at.watch_for(20ms);
        CHECK(calls_after == 1);
    }
}

TEST_CASE("a listener that destroys itself and refuses the head is not called again", "[http]") {
    ClientLoop at;
    const std::vector<std::string> pieces{kUnframedHead + "a"};
    const RawServer server{at.loop, in_pieces(pieces)};
    auto seen = std::make_unique<Recorder>();
    seen->refuse = http::TransferError{http::FailureReason::kHttpStatus, "no"};
    std::unique_ptr<http::TransferHandle> transfer;
    bool destroyed = false;
    seen->at_head = [&] {
        transfer.reset();
        seen.reset();
        destroyed = true;
    };
    transfer = at.client.open(request_to(server.url()), *seen);
    at.until([&] { return destroyed; });
    at.watch_for(20ms);
    CHECK(seen == nullptr);
}

TEST_CASE("a listener may destroy every transfer, and open others, in any call", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, quiet};
    std::vector<std::unique_ptr<Recorder>> seen;
    std::vector<std::unique_ptr<http::TransferHandle>> transfers;
    Recorder fresh;
    std::unique_ptr<http::TransferHandle> later;
    for (int i = 0; i < 8; ++i) {
        seen.push_back(std::make_unique<Recorder>());
        seen.back()->at_bytes = [&] {
            transfers.clear();
            seen.clear();
            later = at.client.open(request_to(server.url()), fresh);
        };
        transfers.push_back(at.client.open(request_to(server.url()), *seen.back()));
    }
    at.until([&] { return !fresh.body.empty(); });
    at.until([&] { return server.open_now() == 1; });
    CHECK(seen.empty());
}

TEST_CASE("no call comes from inside open, even when the request cannot be made", "[http]") {
    ClientLoop at;
    auto request = request_to("http://127.0.0.1:1/");
    request.endpoint.headers = {{"Bad\n", "header"}};
    Recorder seen;
    auto transfer = at.client.open(request, seen);
    CHECK_FALSE(seen.ended());
    SECTION("it comes from the loop") {
        at.until([&] { return seen.ended(); });
        CHECK(seen.reason() == "connect_failed");
    }
    SECTION("it does not come when the transfer is gone") {
        transfer.reset();
        at.watch_for(20ms);
        CHECK_FALSE(seen.ended());
    }
}

TEST_CASE("a client may go while transfers are open", "[http]") {
    boost::asio::io_context loop;
    base::SystemClock clock{loop.get_executor()};
    const RawServer server{loop, quiet};
    auto client = std::make_unique<http::Client>(loop.get_executor(), clock);
    Recorder seen;
    std::unique_ptr<http::TransferHandle> transfer;
    SECTION("from outside") {
        transfer = client->open(request_to(server.url()), seen);
        tests::run_until(loop, [&] { return !seen.body.empty(); });
        client.reset();
    }
    SECTION("from inside a call") {
        seen.at_bytes = [&] { client.reset(); };
        transfer = client->open(request_to(server.url()), seen);
        tests::run_until(loop, [&] { return client == nullptr; });
    }
    SECTION("before the connection stands") {
        transfer = client->open(request_to(server.url()), seen);
        client.reset();
    }
    tests::run_until(loop, [&] { return server.open_now() == 0; });
    CHECK_FALSE(seen.ended());
}

TEST_CASE("open quiet streams wake nobody", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, quiet};
    std::array<Recorder, 8> seen;
    std::vector<std::unique_ptr<http::TransferHandle>> transfers;
    for (Recorder& recorder : seen) {
        auto request = request_to(server.url());
        request.connect_timeout = 300ms;
        transfers.push_back(at.client.open(request, recorder));
    }
    at.until([&] {
        return std::all_of(seen.begin(), seen.end(), [](const auto& r) { return !r.body.empty(); });
    });
    // curl forgets to take back its timer for a connect timeout that was met: it rings once more.
    at.watch_for(400ms);
    const std::uint64_t before = at.client.wake_ups();
    at.watch_for(2s);
    CHECK(at.client.wake_ups() == before);
    CHECK(before > 0);
}

TEST_CASE("a storm of reconnects leaves no file open", "[http]") {
    ClientLoop at;
    const RawServer server{at.loop, quiet};
    constexpr std::size_t kCycles = 3000;
    constexpr std::size_t kAtOnce = 10;
    struct Place {
        Recorder seen;
        std::unique_ptr<http::TransferHandle> transfer;
    };
    std::array<Place, kAtOnce> places;
    const std::size_t before = open_files();
    for (std::size_t cycle = 0; cycle < kCycles / kAtOnce; ++cycle) {
        for (Place& place : places) {
            place.transfer = at.client.open(request_to(server.url()), place.seen);
        }
        // Closed at every stage: some before the connect, some with bytes on the way.
        at.until([&] { return places[cycle % kAtOnce].seen.body.size() >= 3; });
        for (Place& place : places) {
            place.transfer.reset();
            place.seen.body.clear();
        }
    }
    at.until([&] { return server.open_now() == 0; });
    CHECK(open_files() <= before + 3);
    CHECK(server.accepted() > kCycles / kAtOnce);
}

}  // namespace transfer_test
