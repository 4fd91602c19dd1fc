// Many clients of one ring over a real server and real sockets.
#include "sse/event_feed.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "http/server.hpp"
#include "tests/http/server_fixture.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// A server that feeds every client from one ring; "/after/N" resumes behind N, "/heads" gets heads
/// alone.
struct FeedFixture {
    explicit FeedFixture(sse::EventRingOptions options = {}, http::ServerLimits limits = {})
        : fixture{[this](http::ServerExchange& exchange) { return serve(exchange); }, limits},
          clock{fixture.loop},
          ring{fixture.loop.get_executor(), options} {}

    ~FeedFixture() { fixture.stop_and_wait(); }
    FeedFixture(const FeedFixture&) = delete;
    FeedFixture& operator=(const FeedFixture&) = delete;

    [[nodiscard]] base::Task<void> serve(http::ServerExchange& exchange) {
        const std::string target = exchange.request().target;
        sse::EventFeedOptions options;
        if (target == "/heads") {
            options.is_wanted = [](const sse::RingEvent& event) { return event.type == "head"; };
        }
        if (target == "/gaps") {
            options.write_gap = [](const sse::RingGap& gap) {
                return "event: gap\ndata: " + std::to_string(gap.events.value_or(0)) + "\n\n";
            };
        }
        if (target == "/state") {
            options.write_state = [this](const sse::RingGap& gap) {
                ++states;
                return write_state(gap);
            };
        }
        const bool resumes = target.starts_with("/after/");
        auto cursor =
            resumes ? ring.after(sse::parse_event_id(target.substr(7)).value()) : ring.at_end();
        co_await sse::feed_events(exchange, std::move(cursor), clock, std::move(options));
        ++ended;
    }

    /// A client whose stream has begun.
    [[nodiscard]] std::unique_ptr<tests::RawClient> client(const std::string& target = "/") {
        auto one = std::make_unique<tests::RawClient>(fixture.client());
        // Small, so that a client that reads nothing is soon full.
        one->socket().open(asio::ip::tcp::v4());
        one->socket().set_option(asio::socket_base::receive_buffer_size{8192});
        tests::run(fixture.loop, one->connect(fixture.port()));
        tests::run(fixture.loop, one->send(tests::get(target)));
        tests::run(fixture.loop, one->read_until("\r\n\r\n"));
        return one;
    }
    void read_until(tests::RawClient& client, const std::string& text, std::size_t times = 1) {
        tests::run(fixture.loop, client.read_until(text, times));
        CHECK(client.count(text) == times);
    }

    /// Publishes an event of 100 kB, and has `reader` read all of it.
    void publish_large(tests::RawClient& reader) {
        ring.publish("large", std::string(100'000, 'x') + "END");
        read_until(reader, "END\n\n\r\n");
        reader.clear();
    }

    tests::ServerFixture fixture;
    tests::ManualClock clock;
    sse::EventRing ring;
    int ended = 0;
    int states = 0;
    /// Of "/state": that of all events so far, and how many of them were lost.
    std::function<std::optional<sse::FeedState>(const sse::RingGap&)> write_state =
        [this](const sse::RingGap& gap) -> std::optional<sse::FeedState> {
        auto bytes = std::make_shared<const std::string>(
            "data: state " + std::to_string(ring.last_id()) + ", lost " +
            std::to_string(gap.events.value_or(0)) + "\n\n");
        return sse::FeedState{std::move(bytes), ring.last_id()};
    };
};

}  // namespace

TEST_CASE("several clients get every event, from one ring", "[sse][feed]") {
    FeedFixture fixture;
    std::vector<std::unique_ptr<tests::RawClient>> clients;
    for (int i = 0; i < 5; ++i) {
        clients.push_back(fixture.client());
    }
    auto heads = fixture.client("/heads");
    tests::run_until(fixture.fixture.loop, [&] { return fixture.ring.cursors() == 6; });
    fixture.ring.publish("block", "b1");
    fixture.ring.publish("head", "h2");
    fixture.ring.publish("block", "b3");
    fixture.ring.publish("head", "h4");
    for (auto& client : clients) {
        fixture.read_until(*client, "event: head\nid: 4\ndata: h4\n\n");
        CHECK(client->received().find("Content-Type: text/event-stream\r\n") != std::string::npos);
        CHECK(client->received().find("Cache-Control: no-store\r\n") != std::string::npos);
        for (const std::string one : {"b1", "h2", "b3"}) {
            CHECK(client->count("data: " + one + "\n\n") == 1);
        }
    }
    fixture.read_until(*heads, "data: h4\n\n");
    CHECK(heads->count("data: b") == 0);

    auto late = fixture.client("/after/2");
    fixture.read_until(*late, "data: h4\n\n");
    CHECK(late->count("data: ") == 2);
}

TEST_CASE("a client that reads nothing holds up neither the publisher nor another client",
          "[sse][feed]") {
    FeedFixture fixture{sse::EventRingOptions{20, 100'000'000, 1}};
    auto slow = fixture.client("/gaps");
    auto quick = fixture.client();
    tests::run_until(fixture.fixture.loop, [&] { return fixture.ring.cursors() == 2; });
    // More than the sockets of both sides take.
    for (int i = 0; i < 150; ++i) {
        fixture.publish_large(*quick);
        CHECK(fixture.ring.events() <= 20);
    }
    CHECK(fixture.ring.publish("last", "end") == 151);
    fixture.read_until(*quick, "event: last\nid: 151\ndata: end\n\n");
    // The slow one goes on with a gap; what it did not lose is whole.
    while (!slow->received().ends_with("event: last\nid: 151\ndata: end\n\n\r\n")) {
        tests::run(fixture.fixture.loop, slow->read_some());
        REQUIRE_FALSE(slow->ended());
    }
    const std::string& all = slow->received();
    const std::size_t gap = all.find("event: gap\ndata: ");
    REQUIRE(gap != std::string::npos);
    CHECK(slow->count("event: gap\n") == 1);
    const std::size_t lost = std::stoul(all.substr(gap + 17, 4));
    CHECK(lost >= 20);
    CHECK(slow->count("END\n\n\r\n") == 150 - lost);
    CHECK(fixture.fixture.server.limits_met() == http::LimitsMet{});
}

TEST_CASE("a client that reads nothing for the write timeout loses its place", "[sse][feed]") {
    http::ServerLimits limits;
    limits.write_timeout = 100ms;
    FeedFixture fixture{sse::EventRingOptions{20, 100'000'000, 1}, limits};
    const auto deaf = fixture.client();
    auto quick = fixture.client();
    tests::run_until(fixture.fixture.loop, [&] { return fixture.ring.cursors() == 2; });
    for (int i = 0; i < 100; ++i) {
        fixture.publish_large(*quick);
    }
    tests::run_until(fixture.fixture.loop, [&] { return fixture.ring.cursors() == 1; });
    CHECK((fixture.fixture.server.limits_met() == http::LimitsMet{.write_time = 1}));
    fixture.ring.publish("last", "end");
    fixture.read_until(*quick, "event: last\n");
}

TEST_CASE("a stream without events is kept alive by comments", "[sse][feed]") {
    FeedFixture fixture;
    auto client = fixture.client();
    tests::run_until(fixture.fixture.loop, [&] { return fixture.ring.cursors() == 1; });
    fixture.clock.advance(14s);
    fixture.ring.publish("head", "1");
    fixture.read_until(*client, "data: 1\n\n");
    fixture.clock.advance(14s);
    fixture.ring.publish("head", "2");
    fixture.read_until(*client, "data: 2\n\n");
    CHECK(client->count(":\n\n") == 0);
    // Fifteen seconds from the last event on.
    fixture.clock.advance(15s);
    fixture.read_until(*client, "3\r\n:\n\n\r\n");
    fixture.clock.advance(15s);
    fixture.read_until(*client, "3\r\n:\n\n\r\n", 2);
}

TEST_CASE("a closed ring completes every stream", "[sse][feed]") {
    FeedFixture fixture;
    auto one = fixture.client();
    auto two = fixture.client();
    tests::run_until(fixture.fixture.loop, [&] { return fixture.ring.cursors() == 2; });
    fixture.ring.close();
    for (auto* const client : {one.get(), two.get()}) {
        fixture.read_until(*client, "\r\n0\r\n\r\n");
        CHECK_FALSE(client->ended());
    }
    CHECK(fixture.ended == 2);
    // Who comes later gets an empty stream.
    auto late = fixture.client();
    fixture.read_until(*late, "\r\n0\r\n\r\n");
}

TEST_CASE("a client that leaves gives its place in the ring back", "[sse][feed]") {
    FeedFixture fixture;
    auto client = fixture.client();
    tests::run_until(fixture.fixture.loop, [&] { return fixture.ring.cursors() == 1; });
    client->socket().close();
    tests::run_until(fixture.fixture.loop, [&] { return fixture.ring.cursors() == 0; });
    CHECK(fixture.ended == 0);
}

TEST_CASE("a HEAD of a feed is answered at once", "[sse][feed]") {
    FeedFixture fixture;
    const std::string all =
        fixture.fixture.answer_to("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(all.find("Content-Type: text/event-stream\r\n") != std::string::npos);
    CHECK(all.ends_with("\r\n\r\n"));
    CHECK(fixture.ended == 1);
    CHECK(fixture.ring.cursors() == 0);
}

TEST_CASE("a client of a state reads it first, and again in place of what it lost", "[sse][feed]") {
    sse::EventRingOptions options;
    options.events_max = 4;
    FeedFixture test{options};
    test.ring.publish("before", "x");
    auto quick = test.client("/state");
    test.read_until(*quick, "data: state 1, lost 0\n\n");
    CHECK(quick->count("event: before\n") == 0);
    test.ring.publish("then", "x");
    test.read_until(*quick, "event: then\n");
    // Six at once are too many for the ring.
    for (int i = 0; i < 6; ++i) {
        test.ring.publish("many", "x");
    }
    test.read_until(*quick, "data: state 8, lost 2\n\n");
    test.ring.publish("last", "x");
    test.read_until(*quick, "event: last\n");
    CHECK(quick->count("event: many\n") == 0);
    CHECK(test.states == 2);
}

TEST_CASE("a client of a state that is some events old reads those behind it", "[sse][feed]") {
    FeedFixture test;
    test.write_state = [](const sse::RingGap&) -> std::optional<sse::FeedState> {
        return sse::FeedState{std::make_shared<const std::string>("data: old\n\n"), 1};
    };
    for (const char* const type : {"one", "two", "three"}) {
        test.ring.publish(type, "x");
    }
    auto client = test.client("/state");
    test.read_until(*client, "event: three\n");
    CHECK(client->count("data: old\n\n") == 1);
    CHECK(client->count("event: two\n") == 1);
    CHECK(client->count("event: one\n") == 0);
}

TEST_CASE("where there is no state the stream ends", "[sse][feed]") {
    FeedFixture test;
    test.write_state = [](const sse::RingGap&) { return std::nullopt; };
    auto client = test.client("/state");
    test.read_until(*client, "0\r\n\r\n");
    CHECK(test.ended == 1);
}
