// What the driver asks of nodes, and what comes of the answers.
#include <catch2/catch.hpp>

#include "tests/monitor/service_fixture.hpp"
#include "updates/update.hpp"

namespace rest_requests_test {

using tests::ServiceFixture;
using namespace std::chrono_literals;

TEST_CASE("slot time is asked of all nodes until one has answered", "[monitor]") {
    ServiceFixture f;
    f.nodes.chain.reset();
    f.put({"alpha", "beta"});
    f.start();
    CHECK(f.nodes.questions(monitor::RestRequest::Kind::kIdentity) == 2);
    CHECK(f.published<updates::SlotTime>().empty());
    f.nodes.slot_times.emplace("beta", chain::SlotClock{f.clock.wall_now() - 1h, 400ms});
    f.advance(12s);
    CHECK(f.nodes.questions(monitor::RestRequest::Kind::kIdentity) == 4);
    // One of two: the other one is waited for.
    CHECK(f.published<updates::SlotTime>().empty());
    f.advance(monitor::NetworkGuard::kWait);
    REQUIRE(f.published<updates::SlotTime>().size() == 1);
    CHECK(f.published<updates::SlotTime>()[0].node == updates::NodeId{"beta"});
    const auto ticks = f.runs.ticks();
    f.advance(4s);
    CHECK(f.runs.ticks() - ticks == 10U);
}

TEST_CASE("slot time that is given is told once, and ticks follow it before any answer",
          "[monitor]") {
    monitor::MonitorOptions options;
    const chain::SlotClock chain{base::WallTime{std::chrono::seconds{1767225600}}, 12s};
    options.slot_time = updates::SlotTime{chain, updates::SlotTimeSource::kPreset, std::nullopt};
    ServiceFixture f{options};
    f.nodes.chain.reset();
    SECTION("nobody tells a chain") {}
    SECTION("a node tells the same chain") {
        f.nodes.chain = chain;
    }
    f.put({"alpha"});
    f.start();
    CHECK(f.published<updates::SlotTime>().size() == 1);
    f.nodes.end_all();
    f.advance(10999ms);
    CHECK(f.nodes.live() == 0);
    f.advance(1ms);
    CHECK(f.nodes.live() == 1);
    f.put({"beta"});
    f.advance(1s);
    CHECK(f.published<updates::SlotTime>().size() == 1);
}

TEST_CASE("slot time from an earlier start serves until a node tells another", "[monitor]") {
    monitor::MonitorOptions options;
    options.remembered_slot_time =
        updates::SlotTime{chain::SlotClock{base::WallTime{1s}, 6s},
                          updates::SlotTimeSource::kStateFile, std::nullopt};
    ServiceFixture f{options};
    const chain::SlotClock chain = *f.nodes.chain;
    f.nodes.chain.reset();
    f.put({"alpha"});
    f.start();
    REQUIRE(f.published<updates::SlotTime>().size() == 1);
    CHECK(f.published<updates::SlotTime>()[0].source == updates::SlotTimeSource::kStateFile);
    f.nodes.chain = chain;
    f.advance(12s);
    REQUIRE(f.published<updates::SlotTime>().size() == 2);
    CHECK((f.published<updates::SlotTime>()[1].clock == chain));
    CHECK(f.published<updates::NodeStatus>().back().network_check == updates::NetworkCheck::kMatch);
}

TEST_CASE("a node on another chain than the given one has no stream", "[monitor]") {
    monitor::MonitorOptions options;
    options.slot_time = updates::SlotTime{chain::SlotClock{base::WallTime{1s}, 12s},
                                          updates::SlotTimeSource::kPreset, std::nullopt};
    ServiceFixture f{options};
    f.put({"alpha"});
    f.start();
    REQUIRE(f.published<updates::StreamEnded>().size() == 1);
    CHECK(f.published<updates::StreamEnded>()[0].reason == updates::StreamEndReason::kWrongNetwork);
    CHECK(f.nodes.live() == 0);
    f.nodes.chain = options.slot_time->clock;
    f.advance(12s);
    CHECK(f.published<updates::NodeStatus>().back().network_check == updates::NetworkCheck::kMatch);
    CHECK(f.nodes.live() == 1);
}

TEST_CASE("a node is asked at the start and once a slot, one question at a time", "[monitor]") {
    using Kind = monitor::RestRequest::Kind;
    ServiceFixture f;
    f.nodes.answer_time = 10ms;
    f.put({"alpha"});
    f.start();
    CHECK(f.nodes.asked.size() == 1);
    f.advance(100ms);
    CHECK(f.nodes.asked.size() == 4);
    for (const Kind kind : {Kind::kIdentity, Kind::kVersion, Kind::kSyncing, Kind::kHead}) {
        CHECK(f.nodes.questions(kind) == 1);
    }
    CHECK(f.published<updates::NodeStatus>().back().version == "Fake/alpha");
    f.nodes.find("alpha")->listener->on_open();
    f.advance(11s);
    CHECK(f.nodes.questions(Kind::kHead) == 2);
    f.nodes.find("alpha")->listener->on_bytes("", f.clock.instant());
    f.advance(10 * 12s);
    CHECK(f.nodes.questions(Kind::kIdentity) == 1);
    CHECK(f.nodes.questions(Kind::kVersion) == 11);
    CHECK(f.nodes.questions(Kind::kSyncing) == 11);
}

TEST_CASE("an answer to a question of an earlier run is dropped", "[monitor]") {
    ServiceFixture f;
    f.nodes.answer_time = 2s;
    f.put({"alpha"});
    f.start();
    f.nodes.find("alpha")->listener->on_connected();
    f.settle();
    f.put({"alpha", "beta"});
    f.advance(2050ms);
    CHECK(f.published<updates::SlotTime>().empty());
    f.advance(100ms);
    CHECK(f.published<updates::SlotTime>().size() == 1);
}

}  // namespace rest_requests_test
