// The API over real sockets, with the updates of a monitor that is not there.
#include "api/api.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "tests/api/api_fixture.hpp"

using tests::ApiFixture;
using updates::NodeId;
using namespace std::chrono_literals;

namespace api_api_test {

boost::json::object body_of(const std::string& answer) {
    const std::size_t at = answer.find("\r\n\r\n");
    REQUIRE(at != std::string::npos);
    return boost::json::parse(answer.substr(at + 4)).as_object();
}

int status_of(const std::string& answer) {
    return std::stoi(answer.substr(9, 3));
}

std::string text_of(const boost::json::value& value) {
    return std::string{value.as_string()};
}

TEST_CASE("a client reads each head once, from its topics alone", "[api]") {
    ApiFixture fixture;
    fixture.begin();
    auto heads = fixture.stream("/eth/v1/events?topics=head", "Accept: text/event-stream\r\n");
    auto all = fixture.stream("/eth/v1/events?topics=head,block");
    CHECK(heads->received().find("Content-Type: text/event-stream\r\n") != std::string::npos);
    CHECK(heads->received().find("X-Accel-Buffering: no\r\n") != std::string::npos);
    fixture.publish(updates::NodeBlock{NodeId{"alpha"}, chain::Slot{100}, tests::root(1), false});
    fixture.head("alpha", 100, 1);
    fixture.publish(updates::NodeHead{NodeId{"beta"}, tests::head(100, 1)});
    fixture.head("beta", 101, 2);
    for (auto* const client : {heads.get(), all.get()}) {
        fixture.read_until(*client, "\"slot\":\"101\"");
        CHECK(client->count("event: head\n") == 2);
        CHECK(client->count("id: start1-") == (client == all.get() ? 3 : 2));
    }
    CHECK(heads->count("event: block\n") == 0);
    CHECK(all->count("event: block\n") == 1);
}

TEST_CASE("a client that comes back reads what it missed, and of a gap by a comment", "[api]") {
    ApiFixture fixture;
    fixture.begin();
    for (std::uint8_t i = 0; i < 3; ++i) {
        fixture.head("alpha", 100U + i, static_cast<std::uint8_t>(i + 1));
    }
    auto known = fixture.stream("/eth/v1/events?topics=head", "Last-Event-ID: start1-1\r\n");
    fixture.read_until(*known, "\"slot\":\"102\"");
    CHECK(known->count("event: head\n") == 2);
    CHECK(known->count("lost") == 0);
    for (const std::string id : {"start0-2", "2", "start1-99", "start1-x", "%00"}) {
        auto foreign =
            fixture.stream("/eth/v1/events?topics=head", "Last-Event-ID: " + id + "\r\n");
        fixture.read_until(*foreign, "\"slot\":\"102\"");
        CHECK(foreign->count("event: head\n") == 3);
        CHECK(foreign->count(": events lost: the id that was sent is not of this start\n\n") == 1);
    }
    // Beyond the ring.
    for (std::uint64_t i = 0; i < api::EventStreams::kBeaconEventsMax; ++i) {
        fixture.head("alpha", 200 + i, static_cast<std::uint8_t>(i % 2));
    }
    auto late = fixture.stream("/eth/v1/events?topics=head", "Last-Event-ID: start1-1\r\n");
    fixture.read_until(*late, "\"slot\":\"1223\"");
    CHECK(late->count(": up to 2 events lost\n\n") == 1);
    CHECK(late->count("event: head\n") == api::EventStreams::kBeaconEventsMax);
    CHECK(fixture.api->limits_met().streams.lost_events == 2);
}

TEST_CASE("what is no request for a stream gets the specification's error", "[api]") {
    ApiFixture fixture;
    const auto code = [&](const std::string& answer, int status) {
        CHECK(status_of(answer) == status);
        const auto body = body_of(answer);
        CHECK(body.at("code") == status);
        return text_of(body.at("message"));
    };
    CHECK(code(fixture.get("/eth/v1/events?topics=weather_forecast"), 400) ==
          "Invalid topic: weather_forecast");
    CHECK(code(fixture.get("/eth/v1/events"), 400) == "Invalid topics: none is given");
    code(fixture.get("/eth/v1/events?topics=head", "Accept: application/json\r\n"), 406);
    code(fixture.get("/v1/events?kinds=head"), 400);
    code(fixture.get("/v1/slots?last=65"), 400);
    code(fixture.get("/v1/slots?last=0"), 400);
    code(fixture.get("/nowhere"), 404);
    code(fixture.get("/v1/nodes/nobody"), 404);
    code(fixture.get("/v1/nodes/nobody/ready"), 404);
    code(fixture.server.answer_to(
             "POST /v1/head HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
         405);
    CHECK(code(fixture.server.answer_to("GET /readyz HTTP/1.1\r\nHost: evil.example\r\n"
                                        "Connection: close\r\n\r\n"),
               421)
              .find("evil") == std::string::npos);
    CHECK(fixture.api->limits_met().host == 1);
}

TEST_CASE("a restart of the monitor closes no stream", "[api]") {
    ApiFixture fixture;
    fixture.begin();
    auto client = fixture.stream("/eth/v1/events?topics=head");
    fixture.head("alpha", 100, 1);
    fixture.publish(updates::RunEnded{updates::RunEndReason::kGaveUp, "why"});
    fixture.begin();
    fixture.publish(updates::NodeHead{NodeId{"beta"}, tests::head(100, 1)});
    fixture.head("beta", 101, 2);
    fixture.read_until(*client, "\"slot\":\"101\"");
    CHECK(client->count("event: ") == 2);
    CHECK_FALSE(client->ended());
}

TEST_CASE("event streams beyond the limit are refused, and room is made by who leaves", "[api]") {
    ApiFixture fixture{2};
    auto one = fixture.stream("/v1/events");
    auto two = fixture.stream("/eth/v1/events?topics=head");
    const std::string refused = fixture.get("/v1/events");
    CHECK(status_of(refused) == 503);
    CHECK(refused.find("Retry-After: 5\r\n") != std::string::npos);
    CHECK(fixture.api->limits_met().streams.streams == 1);
    CHECK(status_of(fixture.get("/healthz")) == 200);
    one->socket().close();
    tests::run_until(fixture.server.loop, [&] { return fixture.api->streams() == 1; });
    auto three = fixture.stream("/v1/events");
}

TEST_CASE("one that never reads costs its own stream, and nobody else's", "[api]") {
    auto limits = ApiFixture::quick_limits();
    limits.write_timeout = 200ms;
    ApiFixture fixture{100, limits};
    fixture.begin();
    auto deaf = std::make_unique<tests::RawClient>(fixture.server.client());
    deaf->socket().open(boost::asio::ip::tcp::v4());
    deaf->socket().set_option(boost::asio::socket_base::receive_buffer_size{4096});
    tests::run(fixture.server.loop, deaf->connect(fixture.server.port()));
    tests::run(fixture.server.loop,
               deaf->send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    auto quick = fixture.stream("/eth/v1/events?topics=head");
    tests::run_until(fixture.server.loop, [&] { return fixture.api->streams() == 2; });
    for (std::uint64_t i = 0; i < 1000; ++i) {
        fixture.head("alpha", 100 + i, static_cast<std::uint8_t>(i % 2));
        if (i % 100 == 99) {
            fixture.read_until(*quick, "event: head\n", i + 1);
        }
    }
    tests::run_until(fixture.server.loop, [&] { return fixture.api->streams() == 1; });
    CHECK(fixture.server.server.limits_met().write_time == 1);
    CHECK(quick->count("event: head\n") == 1000);
    CHECK(quick->count("lost") == 0);
}

TEST_CASE("of many clients some never read, and the others have each head", "[api]") {
    ApiFixture fixture{300};
    fixture.begin();
    std::vector<std::unique_ptr<tests::RawClient>> readers;
    std::vector<std::unique_ptr<tests::RawClient>> deaf;
    for (int i = 0; i < 200; ++i) {
        auto& group = i % 10 == 0 ? deaf : readers;
        group.push_back(fixture.stream("/eth/v1/events?topics=head"));
    }
    for (std::uint64_t i = 0; i < 20; ++i) {
        fixture.head("alpha", 100 + i, static_cast<std::uint8_t>(i % 2));
    }
    for (auto& reader : readers) {
        fixture.read_until(*reader, "event: head\n", 20);
        CHECK(reader->count("lost") == 0);
    }
    CHECK(fixture.api->streams() == 200);
    CHECK(fixture.server.server.limits_met() == http::LimitsMet{});
}

TEST_CASE("an idle stream is kept alive every 15 s", "[api]") {
    ApiFixture fixture;
    auto client = fixture.stream("/eth/v1/events?topics=head");
    fixture.clock.advance(15s);
    fixture.read_until(*client, "\r\n:\n\n");
    fixture.clock.advance(15s);
    fixture.read_until(*client, "\r\n:\n\n", 2);
}

TEST_CASE("the head is that of the merged stream, and the best beside it", "[api]") {
    ApiFixture fixture;
    auto body = body_of(fixture.get("/v1/head"));
    CHECK(body.at("merged").is_null());
    CHECK(body.at("best").is_null());
    fixture.begin();
    fixture.head("alpha", 100, 1);
    fixture.head("beta", 101, 2);
    fixture.publish(
        updates::StreamEnded{NodeId{"beta"}, updates::StreamEndReason::kReset, "why", 1});
    fixture.publish(updates::BestHead{NodeId{"alpha"}, tests::head(100, 1)});
    fixture.clock.advance(2s);
    body = body_of(fixture.get("/v1/head"));
    CHECK(body.at("merged").as_object().at("slot") == "101");
    CHECK(body.at("merged").as_object().at("node") == "beta");
    CHECK(body.at("best").as_object().at("slot") == "100");
    CHECK(body.at("best").as_object().at("age_seconds") == 2);
}

TEST_CASE("nodes are listed with their health, and one by its name", "[api]") {
    ApiFixture fixture;
    fixture.begin();
    fixture.head("alpha", 100, 1);
    fixture.set_health("beta", false);
    const auto nodes = body_of(fixture.get("/v1/nodes")).at("nodes").as_array();
    REQUIRE(nodes.size() == 2);
    CHECK(nodes[0].as_object().at("health") == "good");
    CHECK(nodes[0].as_object().at("head").as_object().at("slot") == "100");
    CHECK(nodes[1].as_object().at("health") == "unusable");
    CHECK(nodes[1].as_object().at("head").is_null());
    CHECK(body_of(fixture.get("/v1/nodes/beta")).at("node") == "beta");
    CHECK(body_of(fixture.get("/v1/nodes/%62eta")).at("node") == "beta");
}

TEST_CASE("ready is what has a fresh head and a node that can be used", "[api]") {
    ApiFixture fixture;
    const auto reasons = [&](const std::string& target) {
        const std::string answer = fixture.get(target);
        const auto body = body_of(answer);
        std::string all;
        for (const auto& reason : body.at("reasons").as_array()) {
            all += text_of(reason) + " ";
        }
        CHECK(status_of(answer) == (all.empty() ? 200 : 503));
        CHECK(body.at("ready") == all.empty());
        CHECK(body.contains("code") == !all.empty());
        return all;
    };
    CHECK(status_of(fixture.get("/healthz")) == 200);
    CHECK(reasons("/readyz") == "not_running no_head no_slot_time no_usable_node ");
    fixture.begin();
    CHECK(reasons("/readyz") == "no_head ");
    CHECK(reasons("/v1/nodes/alpha/ready") == "no_head ");
    fixture.head("alpha", 100, 1);
    CHECK(reasons("/readyz").empty());
    CHECK(reasons("/v1/nodes/alpha/ready").empty());
    fixture.clock.advance(47s);
    CHECK(reasons("/readyz").empty());
    fixture.clock.advance(1s);
    CHECK(reasons("/readyz") == "old_head ");
    fixture.head("beta", 102, 2);
    CHECK(reasons("/v1/nodes/alpha/ready").empty());
    fixture.head("beta", 103, 3);
    CHECK(reasons("/v1/nodes/alpha/ready") == "old_head ");
    fixture.set_health("alpha", false);
    CHECK(reasons("/v1/nodes/alpha/ready") == "no_stream old_head ");
    fixture.set_health("beta", false);
    CHECK(reasons("/readyz") == "no_usable_node ");
}

TEST_CASE("slots are given newest first, with who reported what when", "[api]") {
    ApiFixture fixture;
    fixture.begin();
    for (std::uint8_t i = 0; i < 70; ++i) {
        fixture.head("alpha", 100U + i, i);
        fixture.publish(updates::SlotVerdict{chain::Slot{100U + i},
                                             updates::Verdict::kOnTime,
                                             NodeId{"alpha"},
                                             tests::root(i),
                                             1s,
                                             {}});
    }
    CHECK(body_of(fixture.get("/v1/slots")).at("slots").as_array().size() == 64);
    const auto slots = body_of(fixture.get("/v1/slots?last=2")).at("slots").as_array();
    REQUIRE(slots.size() == 2);
    CHECK(slots[0].as_object().at("slot") == "169");
    CHECK(slots[1].as_object().at("slot") == "168");
    CHECK(slots[0].as_object().at("verdict").as_object().at("verdict") == "on_time");
    CHECK(slots[0].as_object().at("reports").as_array()[0].as_object().at("node") == "alpha");
}

TEST_CASE("the best node is a preferred one where that can be used", "[api]") {
    ApiFixture fixture;
    fixture.begin();
    CHECK(status_of(fixture.get("/v1/best-node")) == 503);
    fixture.head("alpha", 100, 1);
    CHECK(body_of(fixture.get("/v1/best-node")).at("node") == "alpha");
    fixture.head("beta", 101, 2);
    for (std::uint64_t slot = 100; slot < 103; ++slot) {
        CHECK(body_of(fixture.get("/v1/best-node")).at("node") == "alpha");
        fixture.publish(
            updates::SlotVerdict{chain::Slot{slot}, updates::Verdict::kUnknown, {}, {}, {}, {}});
    }
    auto body = body_of(fixture.get("/v1/best-node"));
    CHECK(body.at("node") == "beta");
    CHECK(body.at("reason") == "better_for_3_slots");
    CHECK(body.at("nodes").as_array()[1].as_object().at("preference") == 1);
    // A loss is told by the end of the stream, before any status.
    fixture.publish(
        updates::StreamEnded{NodeId{"beta"}, updates::StreamEndReason::kReset, "why", 1});
    CHECK(body_of(fixture.get("/v1/best-node")).at("node") == "alpha");
}

TEST_CASE(
    "a new list of nodes makes none of them unready, and a node that cannot be reached then is",
    "[api]") {
    ApiFixture fixture;
    fixture.begin();
    fixture.head("alpha", 100, 1);
    const auto stream_ends = [&](updates::StreamEndReason reason) {
        fixture.publish(updates::StreamEnded{NodeId{"alpha"}, reason, "", 1});
    };
    stream_ends(updates::StreamEndReason::kCancelled);
    fixture.publish(updates::RunEnded{updates::RunEndReason::kListChanged, ""});
    fixture.publish(updates::RunStarted{{NodeId{"alpha"}, NodeId{"beta"}}, {}});
    CHECK(body_of(fixture.get("/v1/best-node")).at("node") == "alpha");
    CHECK(status_of(fixture.get("/v1/nodes/alpha/ready")) == 200);
    stream_ends(updates::StreamEndReason::kConnectFailed);
    CHECK(status_of(fixture.get("/v1/best-node")) == 503);
    CHECK(status_of(fixture.get("/v1/nodes/alpha/ready")) == 503);
}

TEST_CASE("a run that no other one follows leaves no node ready, two slots later", "[api]") {
    ApiFixture fixture;
    fixture.begin();
    fixture.head("alpha", 100, 1);
    fixture.end_run();
    fixture.clock.advance(24s);
    CHECK(status_of(fixture.get("/v1/nodes/alpha/ready")) == 200);
    CHECK(body_of(fixture.get("/v1/best-node")).at("node") == "alpha");
    fixture.clock.advance(1s);
    for (const std::string target : {"/v1/nodes/alpha/ready", "/v1/best-node"}) {
        const std::string answer = fixture.get(target);
        CHECK(status_of(answer) == 503);
        const auto reasons = body_of(answer).at("reasons").as_array();
        CHECK(std::find(reasons.begin(), reasons.end(), "not_running") != reasons.end());
    }
    fixture.begin();
    fixture.head("alpha", 102, 2);
    CHECK(status_of(fixture.get("/v1/nodes/alpha/ready")) == 200);
    CHECK(body_of(fixture.get("/v1/best-node")).at("node") == "alpha");
}

TEST_CASE("services are listed from the start, and with what became of them", "[api]") {
    ApiFixture fixture;
    fixture.api->set_services({"web/api", "monitor"});
    fixture.publish(
        updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed, "why", 12s, false, 3});
    const auto services = body_of(fixture.get("/v1/services")).at("services").as_array();
    REQUIRE(services.size() == 2);
    CHECK(services[0].as_object().at("service") == "monitor");
    CHECK(services[0].as_object().at("last_end").as_object().at("reason") == "failed");
    CHECK(services[1].as_object().at("health") == "healthy");
    CHECK(services[1].as_object().at("last_end").is_null());
    CHECK(body_of(fixture.get("/v1/version")).at("version") == "1.2.3");
}

}  // namespace api_api_test
