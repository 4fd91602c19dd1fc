#include "monitor/persistent_state.hpp"

#include <catch2/catch.hpp>

#include "monitor/best_heads.hpp"
#include "monitor/run_state.hpp"
#include "tests/monitor/head_monitor_fixture.hpp"
#include "updates/update.hpp"

using chain::Slot;
using tests::HeadMonitorFixture;
using Names = std::vector<std::string>;
using Slots = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

TEST_CASE("a new run opens every stream anew over an empty cache", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").reports_head(Slot{9}).ends("beta").forget();
    steps.next_run({"alpha", "beta"});
    CHECK(steps.closed() == Names{"alpha"});
    CHECK(steps.opened() == Names{"alpha", "beta"});
    CHECK(steps.machine().heads().size() == 0);
}

TEST_CASE("a candidate that left the list is gone from every set", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").reports_head(Slot{9}).answers_version("alpha", "Teku/1");
    steps.next_run({"beta"}).forget();
    steps.opens("alpha").reports_head(Slot{10}).sends_bytes("alpha").ends("alpha");
    steps.answers_version("alpha", "Teku/2");
    CHECK(steps.actions().empty());
    steps.tick_after(12s).tick_after(12s);
    CHECK(steps.opened().empty());
    CHECK(steps.published<updates::NodeStatus>().size() == 2);
    steps.next_run({"alpha"});
    CHECK(steps.last<updates::NodeStatus>().disconnects == 0);
    CHECK(steps.last<updates::NodeStatus>().version.empty());
}

TEST_CASE("counters and liveness clocks outlive a run", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(Slot{9}).answers_version("alpha", "Teku/1");
    const base::Instant heard = steps.passes(-1ms).now();
    steps.passes(1ms).ends("alpha").tick_after(12s).ends("alpha");
    CHECK(steps.last<updates::StreamEnded>().consecutive_disconnects == 2);
    steps.next_run({"alpha", "beta"});
    const auto status =
        steps.published<updates::NodeStatus>()[steps.published<updates::NodeStatus>().size() - 2];
    CHECK(status.disconnects == 2);
    CHECK(status.version == "Teku/1");
    REQUIRE(status.last_byte.has_value());
    CHECK((status.last_head == heard));
    CHECK((status.last_byte == heard));
    steps.ends("alpha");
    CHECK(steps.last<updates::StreamEnded>().consecutive_disconnects == 3);
    steps.tick_after(12s).opens("alpha").ends("alpha");
    CHECK(steps.last<updates::StreamEnded>().consecutive_disconnects == 1);
}

TEST_CASE("a head is not first again because the run is a new one", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(Slot{9}).next_run({"alpha"});
    steps.opens("alpha").reports_head(Slot{9});
    CHECK_FALSE(steps.last<updates::NodeHead>().is_first);
}

TEST_CASE("after a restart a lagging node that speaks first gives no best head", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").reports_head(Slot{9}).next_run({"alpha", "beta"}).forget();
    steps.opens("beta").reports_head(Slot{7});
    CHECK(steps.last<updates::NodeHead>().is_latest);
    CHECK(steps.best_slots().empty());
    SECTION("the old best head is no news either, and drops the floor") {
        steps.opens("alpha").reports_head(Slot{9});
        CHECK(steps.best_slots().empty());
        steps.reports_head(Slot{8});
        CHECK(steps.best_slots() == Slots{8});
    }
    SECTION("a head above it is news") {
        CHECK(steps.opens("alpha").reports_head(Slot{10}).best_slots() == Slots{10});
    }
    SECTION("another root at the same slot is news") {
        steps.opens("alpha").reports_head(tests::head(9, 77));
        CHECK(steps.best_slots() == Slots{9});
    }
    SECTION("a chain that went back is told at the second tick") {
        CHECK(steps.tick_after(12s).best_slots().empty());
        CHECK(steps.tick_after(12s).best_slots() == Slots{7});
        CHECK(steps.reports_head("beta", tests::head(6, 6)).best_slots() == Slots{7, 6});
    }
}

TEST_CASE("after all streams have ended a lagging node that is back first gives no best head",
          "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").reports_head(Slot{9}).opens("beta").ends("alpha").ends("beta");
    steps.tick_after(12s).forget();
    CHECK(steps.opens("beta").reports_head(Slot{7}).best_slots().empty());
    SECTION("a head above the last best one is news") {
        CHECK(steps.opens("alpha").reports_head(Slot{10}).best_slots() == Slots{10});
    }
    SECTION("a chain that went back is told at the second tick") {
        CHECK(steps.tick_after(12s).best_slots() == Slots{7});
    }
}

TEST_CASE("a lower head is best at once where another node's stream goes on", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha")
        .reports_head(Slot{9})
        .opens("beta")
        .reports_head("beta", tests::head(8, 8))
        .forget();
    CHECK(steps.ends("alpha").reports_head("beta", tests::head(8, 77)).best_slots() == Slots{8});
}

TEST_CASE("slot time is told once, not in each run", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    const chain::SlotClock clock{steps.now().wall, 12s};
    steps.learns_slot_time(clock).next_run({"alpha"}).forget().learns_slot_time(clock);
    CHECK(steps.published<updates::SlotTime>().empty());
    steps.opens("alpha").reports_head(Slot{0});
    CHECK(steps.last<updates::NodeHead>().timing.delay.has_value());
}

TEST_CASE("the best head of an earlier start is a floor, and news when a node reports it",
          "[monitor]") {
    const updates::NodeId alpha{"alpha"};
    const updates::NodeId beta{"beta"};
    monitor::BestHeads best{std::nullopt, Slot{100}};
    best.put(alpha, tests::head(99, 1), updates::HeadSource::kStream);
    CHECK_FALSE(best.news().has_value());
    SECTION("a node is there") {
        best.put(beta, tests::head(100, 2), updates::HeadSource::kStream);
        const auto news = best.news();
        REQUIRE(news.has_value());
        CHECK((news->head.slot == Slot{100}));
        CHECK((best.last_published() == news));
    }
    SECTION("nobody is there until the second tick") {
        best.on_tick();
        CHECK_FALSE(best.news().has_value());
        best.on_tick();
        CHECK(best.news().has_value());
    }
}

TEST_CASE("what an earlier start has learned is there for the first run, and decides nothing",
          "[monitor]") {
    const updates::NodeId alpha{"alpha"};
    monitor::MonitorOptions options;
    options.remembered_best = Slot{100};
    options.remembered_topics = {{alpha, "Nimbus/v1", updates::TopicSet::kHeadOnly, 1h}};
    monitor::RunState runs{options, base::Instant{base::MonoTime{100h}, base::WallTime{1000h}}};
    auto state = runs.take();
    CHECK((state.earlier_best == Slot{100}));
    CHECK_FALSE(state.best.has_value());
    CHECK_FALSE(state.chain.slot_time().has_value());
    REQUIRE(state.upstreams.contains(alpha));
    CHECK(state.upstreams.at(alpha).opening(base::MonoTime{101h}) == "head");
}
