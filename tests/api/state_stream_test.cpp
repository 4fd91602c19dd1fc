// The state stream over real sockets, in virtual time.
#include <memory>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "tests/api/api_fixture.hpp"

using namespace std::chrono_literals;
using updates::NodeId;

namespace api_state_stream_test {

/// The stream over a real server; the API gives out what waits.
struct Stream : tests::ApiFixture {
    explicit Stream(std::size_t streams_max = 100,
                    std::size_t bytes_max = api::AnswerBodies::kBytesMax)
        : ApiFixture{streams_max, quick_limits(), bytes_max} {
        boost::asio::co_spawn(server.loop, api->give_out(), boost::asio::detached);
    }
    /// A client that has read its snapshot.
    std::unique_ptr<tests::RawClient> view(const std::string& headers = "") {
        auto client = stream("/v1/state", headers);
        read_until(*client, "\"about\":");
        read_until(*client, "}}\n\n");
        return client;
    }
};

TEST_CASE("a view reads a snapshot, then what changes, each object once in 250 ms", "[api]") {
    Stream at;
    at.begin();
    auto one = at.view();
    auto two = at.view("Last-Event-ID: start1s-77\r\n");
    CHECK(one->count("event: snapshot\nid: start1s-0\ndata: {\"nodes\":[{\"node\":\"alpha\"") == 1);
    CHECK(one->received().find("X-Accel-Buffering: no\r\n") != std::string::npos);
    at.clock.advance(1s);
    at.head("alpha", 100, 1);
    at.read_until(*one, "event: chain\n");
    at.set_health("beta", false);
    at.set_health("beta", true);
    at.set_health("beta", false);
    at.clock.advance(249ms);
    CHECK(one->count("event: node\n") == 1);
    at.clock.advance(1ms);
    for (auto* const client : {one.get(), two.get()}) {
        at.read_until(*client, "data: {\"node\":\"beta\"");
        CHECK(client->count("event: node\n") == 2);
        CHECK(client->count("event: slot\n") == 1);
        CHECK(client->count("event: snapshot\n") == 1);
        CHECK(client->count("lost") == 0);
    }
    at.clock.advance(15s);
    at.read_until(*one, "\r\n:\n\n");
}

TEST_CASE("a view reads a snapshot again when a run begins", "[api]") {
    Stream at;
    at.begin();
    auto view = at.view();
    at.end_run(updates::RunEndReason::kListChanged);
    at.clock.advance(1s);
    at.publish(updates::RunStarted{{NodeId{"gamma"}}, {}});
    at.clock.advance(1s);
    at.read_until(*view, "event: snapshot\n", 2);
    at.read_until(*view, "data: {\"nodes\":[{\"node\":\"gamma\"");
    CHECK_FALSE(view->ended());
}

TEST_CASE("a view that is open when a run gives up learns that it is stopped", "[api]") {
    Stream at;
    at.begin();
    auto view = at.view();
    at.end_run(updates::RunEndReason::kGaveUp);
    at.clock.advance(1s);
    at.read_until(*view, "\"is_running\":false,\"is_stopped\":false");
    // A change meanwhile does not wait for that.
    at.set_health("alpha", false);
    at.clock.advance(1s);
    at.read_until(*view, "event: chain\n");
    at.clock.advance(30s);
    at.read_until(*view, "\"is_running\":false,\"is_stopped\":true");
}

TEST_CASE("nothing is serialised while no view is there", "[api]") {
    Stream at;
    at.begin();
    at.head("alpha", 100, 1);
    at.clock.advance(1s);
    auto view = at.view();
    CHECK(view->count("id: start1s-0\n") == 1);
    view->socket().close();
    tests::run_until(at.server.loop, [&] { return at.api->streams() == 0; });
    at.set_health("alpha", false);
    at.head("beta", 101, 2);
    at.clock.advance(1s);
    CHECK(at.view()->count("id: start1s-0\n") == 1);
}

TEST_CASE("a view that reads too slowly reads a snapshot in place of what it lost", "[api]") {
    Stream at;
    at.begin();
    auto slow = std::make_unique<tests::RawClient>(at.server.client());
    slow->socket().open(boost::asio::ip::tcp::v4());
    slow->socket().set_option(boost::asio::socket_base::receive_buffer_size{4096});
    tests::run(at.server.loop, slow->connect(at.server.port()));
    tests::run(at.server.loop, slow->send("GET /v1/state HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    tests::run_until(at.server.loop, [&] { return at.api->streams() == 1; });
    const auto events = 2 * api::StateStream::kEventsMax;
    for (std::size_t i = 0; i < events / 2; ++i) {
        at.set_health("alpha", i % 2 == 0);
        at.set_health("beta", true);
        at.clock.advance(250ms);
    }
    at.read_until(*slow, "event: snapshot\n", 2);
    at.read_until(*slow, "}}\n\n", 2);
    CHECK(at.api->limits_met().streams.lost_events > 0);
    CHECK(slow->count(" lost") == 0);
    // What comes then is what changes then.
    slow->clear();
    at.set_health("alpha", true);
    at.clock.advance(250ms);
    at.read_until(*slow, "event: node\n");
}

TEST_CASE("views have the limits of the other streams", "[api]") {
    Stream at{1};
    CHECK_THAT(at.get("/v1/state", "Accept: application/json\r\n"),
               Catch::StartsWith("HTTP/1.1 406 "));
    auto view = at.view();
    CHECK_THAT(at.get("/v1/state"),
               Catch::StartsWith("HTTP/1.1 503 ") && Catch::Contains("\r\nRetry-After: 5\r\n"));
    CHECK(at.api->limits_met().streams.streams == 1);
    Stream full{100, 0};
    CHECK_THAT(full.get("/v1/state"),
               Catch::StartsWith("HTTP/1.1 503 ") && Catch::Contains("\r\nRetry-After: 1\r\n"));
    CHECK(full.api->limits_met().answer_bytes == 1);
}

TEST_CASE("who reads the state has updates kept, as who reads updates has", "[api]") {
    Stream at;
    at.clock.advance(2min);
    at.begin();
    CHECK_FALSE(at.api->keeps_updates());
    auto view = at.view();
    CHECK(at.api->keeps_updates());
    view->socket().close();
    tests::run_until(at.server.loop, [&] { return at.api->streams() == 0; });
    CHECK(at.api->keeps_updates());
}

}  // namespace api_state_stream_test
