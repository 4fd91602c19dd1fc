// How one run follows another: list changes, failed runs and the waits between them.
#include <utility>

#include <catch2/catch.hpp>

#include "tests/monitor/service_fixture.hpp"
#include "updates/broadcast.hpp"

using tests::ServiceFixture;
using updates::RunEndReason;
using namespace std::chrono_literals;

TEST_CASE("one notified before the list was read is contained", "[monitor]") {
    ServiceFixture f;
    f.put({"alpha"});
    f.put({"beta"});
    f.start();
    f.advance(1s);
    CHECK(f.published<updates::RunStarted>().size() == 1);
    CHECK(f.nodes.openings.size() == 1);
    CHECK(f.nodes.find("beta"));
}

TEST_CASE("a list change while a run starts opens each stream once", "[monitor]") {
    ServiceFixture f;
    f.put({"alpha", "beta"});
    bool changed = false;
    const auto changing = f.broadcast.listen([&](const updates::Message& message) {
        const auto* update = std::get_if<std::shared_ptr<const updates::Update>>(&message);
        if (update != nullptr && std::holds_alternative<updates::RunStarted>((*update)->fact) &&
            !std::exchange(changed, true)) {
            f.put({"beta", "gamma"});
        }
    });
    f.start();
    f.advance(1s);
    CHECK(f.published<updates::RunStarted>().size() == 2);
    CHECK(f.nodes.live() == 2);
    REQUIRE(f.nodes.openings.size() == 4);
    CHECK(f.nodes.find("beta"));
    CHECK(f.nodes.find("gamma"));
    CHECK(f.published<updates::StreamEnded>().size() == 2);
}

TEST_CASE("several notifications count as one, and a clean end restarts after 100 ms",
          "[monitor]") {
    ServiceFixture f;
    f.put({"alpha"});
    f.start();
    f.open_with_head("alpha");
    f.advance(1s);
    f.put({"alpha", "beta"});
    f.put({"alpha", "beta", "gamma"});
    f.put({"beta", "gamma"});
    f.settle();
    CHECK(f.nodes.live() == 0);
    REQUIRE(f.published<updates::RunEnded>().size() == 1);
    CHECK(f.published<updates::RunEnded>()[0].reason == RunEndReason::kListChanged);
    REQUIRE(f.notices.size() == 1);
    CHECK(supervisor::reason(f.notices[0].end, f.notices[0].detail) == "completed");
    CHECK(f.notices[0].failures == 0);
    f.advance(99ms);
    CHECK(f.nodes.live() == 0);
    f.advance(1ms);
    CHECK(f.nodes.live() == 2);
    CHECK_FALSE(f.nodes.find("alpha"));
    f.advance(60s);
    CHECK(f.published<updates::RunStarted>().size() == 2);
    CHECK(f.published<updates::RunEnded>().size() == 1);
}

TEST_CASE("a change during the wait between runs is contained in the next run", "[monitor]") {
    ServiceFixture f;
    f.put({"alpha"});
    f.start();
    f.put({"beta"});
    f.advance(50ms);
    f.put({"gamma"});
    f.advance(50ms);
    CHECK(f.nodes.find("gamma"));
    f.advance(60s);
    CHECK(f.published<updates::RunStarted>().size() == 2);
}

TEST_CASE("a list equal to the old one changes nothing", "[monitor]") {
    ServiceFixture f;
    f.put({"alpha"});
    f.start();
    SECTION("by itself") {
        f.put({"alpha"});
    }
    SECTION("by way of another") {
        f.put({"beta"});
        f.put({"alpha"});
    }
    f.advance(1s);
    CHECK(f.published<updates::RunEnded>().empty());
    CHECK(f.nodes.openings.size() == 1);
}

TEST_CASE("after a failed run the next starts at the next tick", "[monitor]") {
    ServiceFixture f;
    const base::MonoTime start = f.clock.now();
    f.put({"alpha", "beta"});
    f.start();
    f.give_up();
    REQUIRE(f.published<updates::RunEnded>().size() == 1);
    CHECK(f.published<updates::RunEnded>()[0].reason == RunEndReason::kGaveUp);
    CHECK(f.clock.now() == start + 60s);
    REQUIRE(f.notices.size() == 1);
    CHECK(supervisor::reason(f.notices[0].end, f.notices[0].detail) ==
          "failed: gave up: no stream opened in 5 retry cycles in a row");
    CHECK((f.notices[0].restart_after == base::Duration{12s}));
    SECTION("which is a slot later") {
        f.advance(11s);
        CHECK(f.published<updates::RunStarted>().size() == 1);
        f.advance(1s);
        CHECK(f.published<updates::RunStarted>().size() == 2);
        CHECK(f.nodes.live() == 2);
        // The tick is the opening.
        CHECK(f.runs.ticks() == 5);
        f.nodes.end_all();
        f.advance(11s);
        CHECK(f.nodes.live() == 0);
        f.advance(1s);
        CHECK(f.nodes.live() == 2);
    }
    SECTION("or at a list change, though not within 100 ms") {
        f.advance(10ms);
        f.put({"gamma"});
        f.advance(89ms);
        CHECK(f.nodes.live() == 0);
        f.advance(1ms);
        CHECK(f.nodes.find("gamma"));
    }
    SECTION("or at once at a later list change") {
        f.advance(5s);
        f.put({"gamma"});
        f.settle();
        CHECK(f.nodes.find("gamma"));
    }
    SECTION("and a list that changes and changes back is no reason to start early") {
        f.advance(5s);
        f.put({"gamma"});
        f.put({"alpha", "beta"});
        f.advance(6s);
        CHECK(f.nodes.live() == 0);
        f.advance(1s);
        CHECK(f.nodes.live() == 2);
    }
}
