#include "api/held_events.hpp"

#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "tests/api/api_fixture.hpp"

namespace held_events_test {

using namespace std::chrono_literals;
using api::HeldEvents;
using updates::NodeId;

/// Events by their numbers; time as it passes.
struct Holder {
    void add(int number, std::uint64_t moves) {
        held.add({"head", std::to_string(number)}, moves, now, 12s);
    }
    std::vector<std::string> take(std::optional<std::uint64_t> followed) {
        std::vector<std::string> out;
        for (const api::BeaconEvent& event : held.take(followed, now)) {
            out.push_back(event.data);
        }
        return out;
    }

    HeldEvents held;
    base::MonoTime now{1h};
};

using Data = std::vector<std::string>;

TEST_CASE("an event waits for the node that is asked next, and what is behind it too", "[api]") {
    Holder at;
    at.add(1, 5);
    at.add(2, 6);
    at.add(3, 6);
    CHECK(at.take(4) == Data{});
    CHECK(at.take(5) == Data{"1"});
    CHECK(at.take(5) == Data{});
    CHECK(at.take(6) == Data{"2", "3"});
    CHECK_FALSE(at.held.due());
}

TEST_CASE("nothing waits for longer than a third of a slot", "[api]") {
    Holder at;
    at.add(1, 5);
    at.now += 1s;
    at.add(2, 6);
    CHECK(at.held.due() == base::MonoTime{1h} + 4s);
    at.now = base::MonoTime{1h} + 4s - 1ns;
    CHECK(at.take(4) == Data{});
    at.now += 1ns;
    CHECK(at.take(4) == Data{"1"});
    at.now += 1s;
    CHECK(at.take(4) == Data{"2"});
}

TEST_CASE("nothing waits while no node can be used", "[api]") {
    Holder at;
    at.add(1, 5);
    CHECK(at.take(std::nullopt) == Data{"1"});
}

TEST_CASE("more events than a stream keeps do not wait", "[api]") {
    Holder at;
    for (std::size_t i = 0; i < HeldEvents::kEventsMax + 2; ++i) {
        at.add(static_cast<int>(i), 5);
    }
    CHECK(at.take(4) == Data{"0", "1"});
    CHECK(at.take(4) == Data{});
}

/// alpha is first with a head, and beta is the best node.
struct TwoNodes : tests::ApiFixture {
    TwoNodes() {
        begin();
        head("beta", 99, 1);
    }
    /// Not as the first one.
    void follows(const std::string& node, std::uint64_t slot, std::uint8_t block) {
        publish(updates::NodeHead{NodeId{node}, tests::head(slot, block)});
    }
    /// Whether nothing is on its way to the client. What a server here writes is there at once.
    bool hears_nothing(tests::RawClient& client) {
        server.loop.restart();
        server.loop.poll();
        return client.socket().available() == 0;
    }
    static std::string line(const char* slot) {
        return std::string{"data: {\"slot\":\""} + slot + '"';
    }
};

TEST_CASE("who waits for the best node reads a head when that node has it", "[api]") {
    TwoNodes at;
    REQUIRE(at.api->board().best_node()->node == NodeId{"beta"});
    auto first = at.stream("/eth/v1/events?topics=head");
    auto held = at.stream("/eth/v1/events?topics=head&wait_for=best_node");
    at.head("alpha", 100, 2);
    at.read_until(*first, TwoNodes::line("100"));
    CHECK(at.hears_nothing(*held));
    at.follows("beta", 100, 2);
    at.read_until(*held, TwoNodes::line("100"));
    // The best node is the first itself.
    at.head("beta", 101, 3);
    at.read_until(*held, TwoNodes::line("101"));
    CHECK(held->count("event: head\n") == 2);
}

TEST_CASE("a best node that hangs holds a head up for a third of a slot", "[api]") {
    TwoNodes at;
    auto held = at.stream("/eth/v1/events?topics=head&wait_for=best_node");
    boost::asio::co_spawn(at.server.loop, at.api->give_out(), boost::asio::detached);
    at.head("alpha", 100, 2);
    at.clock.advance(4s - 1ms);
    CHECK(at.hears_nothing(*held));
    at.clock.advance(1ms);
    at.read_until(*held, TwoNodes::line("100"));
}

TEST_CASE("a best node that fails holds nothing up", "[api]") {
    TwoNodes at;
    auto held = at.stream("/eth/v1/events?topics=head&wait_for=best_node");
    at.head("alpha", 100, 2);
    CHECK(at.hears_nothing(*held));
    at.set_health("beta", false);
    REQUIRE(at.api->board().best_node()->node == NodeId{"alpha"});
    at.read_until(*held, TwoNodes::line("100"));
}

TEST_CASE("who comes back to the stream that waits reads what it missed", "[api]") {
    TwoNodes at;
    at.head("beta", 100, 2);
    at.head("beta", 101, 3);
    auto again =
        at.stream("/eth/v1/events?topics=head&wait_for=best_node", "Last-Event-ID: start1b-1\r\n");
    at.read_until(*again, TwoNodes::line("101"));
    CHECK(again->count(TwoNodes::line("100")) == 1);
    CHECK(again->count(TwoNodes::line("99")) == 0);
    // An id of the other stream is none of this one.
    auto other =
        at.stream("/eth/v1/events?topics=head&wait_for=best_node", "Last-Event-ID: start1-1\r\n");
    at.read_until(*other, ": events lost: the id that was sent is not of this start");
}

TEST_CASE("nothing else can be waited for", "[api]") {
    TwoNodes at;
    CHECK_THAT(at.get("/eth/v1/events?topics=head&wait_for=alpha"),
               Catch::StartsWith("HTTP/1.1 400 ") && Catch::Contains("wait_for"));
}

}  // namespace held_events_test
