#include "monitor/head_monitor.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/head_monitor_fixture.hpp"
#include "updates/update.hpp"

using chain::Slot;
using tests::HeadMonitorFixture;
using updates::StreamEndReason;
using updates::StreamState;
using Names = std::vector<std::string>;
using Slots = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

TEST_CASE("every stream is opened at once when a run starts", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta", "gamma"};
    CHECK(steps.opened() == Names{"alpha", "beta", "gamma"});
    REQUIRE(steps.published<updates::RunStarted>().size() == 1);
    CHECK(steps.last<updates::RunStarted>().nodes.size() == 3);
    for (const auto& action : steps.actions()) {
        if (const auto* open = std::get_if<monitor::OpenStream>(&action)) {
            CHECK(open->topics == "head_v2,block,chain_reorg,finalized_checkpoint");
        }
    }
}

TEST_CASE("a stream is connecting, then waiting, then open, then ended", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    CHECK(steps.state("alpha") == StreamState::kConnecting);
    CHECK(steps.last<updates::NodeStatus>().state == StreamState::kConnecting);
    steps.connects("alpha");
    CHECK(steps.state("alpha") == StreamState::kWaiting);
    CHECK(steps.last<updates::NodeStatus>().state == StreamState::kWaiting);
    SECTION("by accepted headers") {
        steps.opens("alpha");
    }
    SECTION("by a first byte") {
        steps.sends_bytes("alpha");
    }
    CHECK(steps.state("alpha") == StreamState::kOpen);
    steps.opens("alpha").sends_bytes("alpha");
    CHECK(steps.published<updates::StreamOpened>().size() == 1);
    CHECK_FALSE(steps.last<updates::StreamOpened>().reopened);
    steps.ends("alpha");
    CHECK(steps.state("alpha") == StreamState::kEnded);
}

TEST_CASE("an ended stream yields one StreamEnded and leaves the others alone", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").opens("beta").forget();
    steps.ends("alpha", StreamEndReason::kReset)
        .ends("alpha", StreamEndReason::kEof)
        .sends_bytes("alpha");
    REQUIRE(steps.published<updates::StreamEnded>().size() == 1);
    CHECK(steps.last<updates::StreamEnded>().node.name() == "alpha");
    CHECK(steps.last<updates::StreamEnded>().reason == StreamEndReason::kReset);
    CHECK(steps.actions().size() == 1);
    CHECK(steps.state("beta") == StreamState::kOpen);
}

TEST_CASE("the head of an ended stream no longer counts for who is latest", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").reports_head(Slot{10}).opens("beta").reports_head(Slot{9});
    CHECK_FALSE(steps.last<updates::NodeHead>().is_latest);
    steps.ends("alpha").reports_head("beta", tests::head(9, 9));
    CHECK(steps.last<updates::NodeHead>().is_latest);
}

TEST_CASE("ended streams are reopened at the tick, all at once, and not before", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta", "gamma"};
    steps.opens("gamma").ends("alpha").ends("beta").forget();
    CHECK(steps.passes(11s).opened().empty());
    CHECK(steps.tick().opened() == Names{"alpha", "beta"});
    steps.forget().opens("alpha");
    CHECK(steps.last<updates::StreamOpened>().reopened);
}

TEST_CASE("an attempt in flight is not doubled at the tick", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.connects("beta").forget();
    steps.tick_after(12s).tick_after(12s);
    CHECK(steps.opened().empty());
    CHECK(steps.closed().empty());
}

TEST_CASE("ticks in the first half slot of a run do nothing", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.ends("alpha").forget();
    SECTION("of the default slot") {
        CHECK(steps.tick_after(5990ms).actions().empty());
        CHECK(steps.tick_after(10ms).opened() == Names{"alpha"});
    }
    SECTION("of a slot that is known") {
        steps.learns_slot_time(chain::SlotClock{steps.now().wall, 4s}).forget();
        CHECK(steps.tick_after(1990ms).actions().empty());
        CHECK(steps.tick_after(10ms).opened() == Names{"alpha"});
    }
}

TEST_CASE("a retry cycle does not begin at a tick in the first half slot", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.tick_after(1s).ends("alpha", StreamEndReason::kConnectFailed);
    CHECK(steps.published<updates::CycleFailed>().empty());
}

TEST_CASE("a reorg to a lower slot can be latest and best", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(Slot{61}).reports_head(Slot{55});
    CHECK(steps.last<updates::NodeHead>().is_latest);
    CHECK(steps.best_slots() == Slots{61, 55});
}

TEST_CASE("a reorg to a lower slot is told when the last node has followed it", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").reports_head(Slot{61}).opens("beta").reports_head(Slot{61});
    steps.reports_head("alpha", tests::head(55, 99));
    CHECK(steps.best_slots() == Slots{61});
    steps.reports_head("beta", tests::head(55, 99));
    CHECK(steps.best_slots() == Slots{61, 55});
}

TEST_CASE("a stale head is cached but never published as best", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").reports_head(Slot{10}).opens("beta").reports_head(Slot{9});
    CHECK(steps.machine().heads().size() == 2);
    steps.ends("alpha");
    CHECK(steps.best_slots() == Slots{10});
    steps.reports_head("beta", tests::head(11, 11));
    CHECK(steps.best_slots() == Slots{10, 11});
}

TEST_CASE("when the node that was ahead is gone the best head of the others is told", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("beta").reports_head(Slot{9}).opens("alpha").reports_head(Slot{10});
    steps.ends("alpha");
    CHECK(steps.best_slots() == Slots{9, 10, 9});
    CHECK(steps.last<updates::BestHead>().node.name() == "beta");
}

TEST_CASE("optimistic heads are told as such and never cached", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(tests::optimistic_head(10, 1));
    CHECK(steps.last<updates::NodeHead>().head.execution_optimistic);
    CHECK_FALSE(steps.last<updates::NodeHead>().is_latest);
    CHECK(steps.machine().heads().size() == 0);
    CHECK(steps.best_slots().empty());
    steps.reports_head(Slot{9}).reports_head(tests::optimistic_head(11, 2));
    CHECK(steps.machine().heads().best()->head.slot == Slot{9});
}

TEST_CASE("two roots at one slot: the one that most nodes report is best", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta", "gamma"};
    steps.opens("alpha").opens("beta").opens("gamma");
    steps.reports_head("alpha", tests::head(7, 1)).reports_head("beta", tests::head(7, 2));
    CHECK((steps.last<updates::BestHead>().head.block == tests::root(1)));
    CHECK(steps.best_slots().size() == 1);
    steps.reports_head("gamma", tests::head(7, 2));
    CHECK((steps.last<updates::BestHead>().head.block == tests::root(2)));
    CHECK(steps.best_slots().size() == 2);
}

TEST_CASE("the best head is published when it changes, not once a node", "[monitor]") {
    using chain::PayloadStatus;
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").opens("beta");
    steps.reports_head("alpha", tests::head(7, 1, PayloadStatus::kEmpty));
    steps.reports_head("beta", tests::head(7, 1, PayloadStatus::kEmpty)).forget();
    CHECK(steps.ends("alpha").best_slots().empty());
    steps.reports_head("beta", tests::head(7, 1, PayloadStatus::kFull));
    CHECK(steps.best_slots() == Slots{7});
    CHECK((steps.last<updates::BestHead>().head.payload_status == PayloadStatus::kFull));
}

TEST_CASE("the fifth fully failed cycle in a row gives up, and a head in between starts anew",
          "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.all_streams_end(StreamEndReason::kConnectFailed);
    CHECK_FALSE(steps.ticks(4).gave_up());
    steps.tick_after(12s).opens("beta").reports_head(Slot{9}).ends("beta").ends("alpha");
    CHECK_FALSE(steps.ticks(4).gave_up());
    CHECK(steps.ticks(1).gave_up());
}

TEST_CASE("giving up is told at once and RunEnded is the last update", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.ends("alpha").ticks(4).tick_after(12s).forget();
    steps.ends("alpha", StreamEndReason::kConnectFailed);
    REQUIRE(steps.actions().size() == 4);
    CHECK(steps.published<updates::StreamEnded>().size() == 1);
    CHECK(steps.last<updates::CycleFailed>() == updates::CycleFailed{5, 5});
    CHECK(steps.last<updates::RunEnded>().reason == updates::RunEndReason::kGaveUp);
    const auto& third = std::get<monitor::Publish>(steps.actions()[2]);
    CHECK(std::holds_alternative<updates::RunEnded>(third.update.fact));
    CHECK(steps.gave_up());
    CHECK(steps.forget().ticks(3).answers_version("alpha", "x").actions().empty());
}

TEST_CASE("a stream that opens sets the count of failed cycles to zero", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.ends("alpha").ticks(4).tick_after(12s).opens("alpha").ends("alpha");
    CHECK_FALSE(steps.ticks(4).gave_up());
    CHECK(steps.last<updates::CycleFailed>().consecutive == 4);
}

TEST_CASE("a waiting stream neither fails a cycle nor starts the count anew", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.all_streams_end(StreamEndReason::kConnectFailed);
    steps.ticks(4).tick_after(12s).connects("alpha").ends("beta", StreamEndReason::kConnectFailed);
    CHECK(steps.published<updates::CycleFailed>().size() == 4);
    steps.ticks(2);
    CHECK(steps.state("alpha") == StreamState::kWaiting);
    CHECK(steps.published<updates::CycleFailed>().size() == 4);
    CHECK(steps.ends("alpha", StreamEndReason::kReset).gave_up());
}

TEST_CASE("502 from a proxy before dead nodes counts as failed cycles", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    for (int i = 0; i < 6; ++i) {
        CHECK(steps.published<updates::CycleFailed>().size() ==
              static_cast<std::size_t>(i > 0 ? i - 1 : 0));
        for (const char* name : {"alpha", "beta"}) {
            steps.connects(name).ends(name, StreamEndReason::kHttpStatus);
        }
        steps.tick_after(12s);
    }
    CHECK(steps.gave_up());
}

TEST_CASE("a cycle in which a stream was open is not fully failed", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").ends("beta").tick_after(12s);
    steps.ends("beta", StreamEndReason::kConnectFailed).ends("alpha");
    CHECK(steps.published<updates::CycleFailed>().empty());
    steps.ticks(1);
    CHECK(steps.published<updates::CycleFailed>().size() == 1);
}

TEST_CASE("the opening at the start of a run is no retry cycle", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.ends("alpha", StreamEndReason::kConnectFailed);
    CHECK(steps.published<updates::CycleFailed>().empty());
    CHECK_FALSE(steps.ticks(4).gave_up());
}

TEST_CASE("with no stream at all there is nothing to do until the tick", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.all_streams_end(StreamEndReason::kConnectFailed).forget();
    CHECK(steps.passes(11s).actions().empty());
}

TEST_CASE("why a stream ended is escaped once, where it was read", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").ends("alpha", StreamEndReason::kContentType, "content type \\x1b");
    CHECK(steps.last<updates::StreamEnded>().detail == "content type \\x1b");
}

TEST_CASE("a stopped run closes every stream, and RunEnded is its last update", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta", "gamma"};
    steps.opens("beta").reports_head(Slot{3}).opens("alpha").reports_head(Slot{4}).ends("gamma");
    steps.forget().stops(updates::RunEndReason::kClosed);
    CHECK(steps.closed() == Names{"alpha", "beta"});
    CHECK(steps.published<updates::StreamEnded>().size() == 2);
    CHECK(steps.last<updates::StreamEnded>().reason == StreamEndReason::kCancelled);
    CHECK(steps.best_slots().empty());
    const auto& last = std::get<monitor::Publish>(steps.actions().back());
    CHECK(std::holds_alternative<updates::RunEnded>(last.update.fact));
    CHECK(steps.forget().stops(updates::RunEndReason::kListChanged).actions().empty());
}

TEST_CASE("the first report of a head is told, and how far the others are behind", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").opens("beta").reports_head("alpha", tests::head(5, 5));
    CHECK(steps.last<updates::NodeHead>().is_first);
    steps.passes(29ms).reports_head("beta", tests::head(5, 5));
    CHECK_FALSE(steps.last<updates::NodeHead>().is_first);
    CHECK((steps.last<updates::NodeHead>().lag == 30ms));
}

TEST_CASE("the delay into the slot is told once slot time is known, negative ones too",
          "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(Slot{1});
    CHECK_FALSE(steps.last<updates::NodeHead>().timing.delay.has_value());
    const chain::SlotClock clock{steps.now().wall, 12s};
    steps.learns_slot_time(clock).reports_head(Slot{0});
    CHECK((steps.last<updates::NodeHead>().timing.delay == 2ms));
    steps.reports_head(tests::head(1, 99));
    CHECK((steps.last<updates::NodeHead>().timing.delay == 3ms - 12s));
    steps.forget().learns_slot_time(clock);
    CHECK(steps.published<updates::SlotTime>().empty());
}

TEST_CASE("a node status is told once a tick for each candidate", "[monitor]") {
    HeadMonitorFixture steps{"alpha", "beta"};
    steps.opens("alpha").ends("beta").forget().tick_after(12s);
    CHECK(steps.published<updates::NodeStatus>().size() == 2);
    steps.forget().answers_version("alpha", "Teku/1").answers_version("alpha", "Teku/1");
    REQUIRE(steps.published<updates::NodeStatus>().size() == 1);
    CHECK(steps.last<updates::NodeStatus>().version == "Teku/1");
}
