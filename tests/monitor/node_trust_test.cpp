// What a node must be before its heads count: the rules of trust as the whole machine keeps them.
#include <catch2/catch.hpp>

#include "tests/monitor/on_chain_fixture.hpp"
#include "updates/update.hpp"

using chain::Slot;
using tests::HeadMonitorFixture;
using tests::on_chain;
using tests::our_chain;
using tests::status_of;
using tests::unchecked;
using updates::HeadSource;
using updates::HeadTimeliness;
using updates::StreamEndReason;
using updates::StreamState;
using Kind = monitor::RestRequest::Kind;
using Kinds = std::vector<Kind>;
using Names = std::vector<std::string>;
using Slots = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

namespace {

std::string topics_of_last_opening(const HeadMonitorFixture& steps) {
    std::string topics;
    for (const auto& action : steps.actions()) {
        if (const auto* open = std::get_if<monitor::OpenStream>(&action)) {
            topics = open->topics;
        }
    }
    return topics;
}

}  // namespace

TEST_CASE("a head of a node under check waits for the answer, the last one only", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha"});
    steps.opens("alpha").reports_head(Slot{99}).reports_head(Slot{100});
    CHECK(steps.published<updates::NodeHead>().empty());
    CHECK(steps.machine().heads().size() == 0);
    const base::Instant read_at = steps.now();
    steps.answers_identity("alpha", our_chain(steps));
    REQUIRE(steps.published<updates::NodeHead>().size() == 1);
    CHECK(steps.last<updates::NodeHead>().head.slot == Slot{100});
    CHECK(steps.best_slots() == Slots{100});
    // Timed by when its bytes were read, not by the answer.
    for (const auto& action : steps.actions()) {
        const auto* publish = std::get_if<monitor::Publish>(&action);
        if (publish != nullptr && std::holds_alternative<updates::NodeHead>(publish->update.fact)) {
            CHECK((publish->update.at == read_at));
        }
    }
}

TEST_CASE("a head that waits is gone with its stream", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha"});
    steps.opens("alpha").reports_head(Slot{100}).ends("alpha");
    steps.answers_identity("alpha", our_chain(steps));
    CHECK(steps.published<updates::NodeHead>().empty());
}

TEST_CASE("the majority decides which chain is ours, and may change its mind", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"wrong", "alpha", "beta"});
    const auto ours = our_chain(steps);
    steps.opens("wrong")
        .answers_identity("wrong", ours, 7)
        .reports_head("wrong", tests::head(100, 9));
    CHECK(steps.best_slots().empty());
    // The others are away for longer than anybody waits.
    steps.wait_ends();
    CHECK(steps.best_slots() == Slots{100});
    steps.opens("alpha").answers_identity("alpha", ours);
    CHECK(steps.closed().empty());
    CHECK(status_of(steps, "alpha").network_check == updates::NetworkCheck::kDisputed);
    steps.forget().opens("beta").answers_identity("beta", ours);
    CHECK(steps.closed() == Names{"wrong"});
    CHECK(steps.last<updates::StreamEnded>().reason == StreamEndReason::kWrongNetwork);
    CHECK(status_of(steps, "wrong").network_check == updates::NetworkCheck::kMismatch);
    CHECK(steps.machine().heads().size() == 0);
    CHECK(steps.state("alpha") == StreamState::kOpen);
    CHECK(steps.state("beta") == StreamState::kOpen);
    steps.forget().tick_after(12s);
    CHECK(steps.opened().empty());
}

TEST_CASE("a node on another chain is looked at once a slot and comes back by itself",
          "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha", "beta", "gamma"});
    const auto ours = our_chain(steps);
    steps.opens("alpha").answers_identity("alpha", ours).answers_identity("gamma", ours);
    steps.opens("beta").answers_identity("beta", ours, 7);
    steps.all_refuse().forget();
    CHECK(steps.tick_after(12s).opened().empty());
    CHECK(steps.asked("beta") == Kinds{Kind::kIdentity});
    steps.forget().answers_identity("beta", ours);
    CHECK(status_of(steps, "beta").network_check == updates::NetworkCheck::kMatch);
    CHECK(steps.opened() == Names{"beta"});
}

TEST_CASE("a node is checked again after every reconnect, and keeps its pass meanwhile",
          "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha", "beta", "gamma"});
    const auto ours = our_chain(steps);
    steps.opens("alpha").answers_identity("alpha", ours).answers_identity("gamma", ours);
    steps.opens("beta").answers_identity("beta", ours).ends("beta");
    steps.all_refuse().forget().tick_after(12s);
    CHECK(steps.asked("beta").at(0) == Kind::kIdentity);
    steps.opens("beta").reports_head(Slot{101});
    CHECK(steps.published<updates::NodeHead>().size() == 1);
    steps.answers_identity("beta", ours, 7);
    CHECK(steps.closed() == Names{"beta"});
    CHECK(steps.machine().heads().size() == 0);
}

TEST_CASE("with no candidate left on our chain a cycle is fully failed", "[monitor]") {
    HeadMonitorFixture steps{};
    steps.all_have_passed = false;
    steps.configured_chain = our_chain(steps);
    steps.next_run({"alpha"});
    const chain::SlotClock other{base::WallTime{1s}, 12s};
    steps.opens("alpha").answers_identity("alpha", other);
    CHECK(steps.published<updates::CycleFailed>().empty());
    steps.tick_after(12s);
    CHECK(steps.published<updates::CycleFailed>().size() == 1);
    for (int i = 0; i < 4; ++i) {
        steps.answers_identity("alpha", other).tick_after(12s);
    }
    CHECK(steps.gave_up());
}

TEST_CASE("a node that answers 400 is on its lower form within the same opening", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.connects("alpha").forget().ends("alpha", StreamEndReason::kHttpStatus, "status 400", 400);
    CHECK(steps.published<updates::StreamEnded>().empty());
    CHECK(topics_of_last_opening(steps) == "head,block,chain_reorg,finalized_checkpoint");
    steps.ends("alpha", StreamEndReason::kHttpStatus, "status 400", 400);
    CHECK(topics_of_last_opening(steps) == "head");
    CHECK(steps.published<updates::StreamEnded>().empty());
    steps.opens("alpha").sends("head", beacon_api::ChainEvent{tests::head(9, 9)});
    CHECK(steps.best_slots() == Slots{9});
    CHECK_FALSE(steps.last<updates::StreamOpened>().reopened);
    steps.tick_after(12s);
    CHECK(status_of(steps, "alpha").topic_set == updates::TopicSet::kHeadOnly);
}

TEST_CASE("a node that refuses every form has a fault, and is asked from the top again",
          "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    for (int i = 0; i < 3; ++i) {
        steps.connects("alpha").ends("alpha", StreamEndReason::kHttpStatus, "status 400", 400);
    }
    REQUIRE(steps.published<updates::StreamEnded>().size() == 1);
    CHECK(steps.last<updates::StreamEnded>().reason == StreamEndReason::kHttpStatus);
    CHECK(steps.opened().size() == 3);
    CHECK(topics_of_last_opening(steps.tick_after(12s)) ==
          "head_v2,block,chain_reorg,finalized_checkpoint");
}

TEST_CASE("a 200 that ends without an event tries the next set, and is no failed cycle",
          "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.ends("alpha").tick_after(12s).connects("alpha").opens("alpha");
    steps.ends("alpha", StreamEndReason::kEmptyBody);
    CHECK(steps.last<updates::StreamEnded>().reason == StreamEndReason::kEmptyBody);
    CHECK(steps.published<updates::CycleFailed>().empty());
    CHECK(topics_of_last_opening(steps.tick_after(12s)) ==
          "head,block,chain_reorg,finalized_checkpoint");
}

TEST_CASE("a form that never delivers while the node's head moves is refused", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.connects("alpha");
    for (std::uint8_t slot = 10; slot < 13; ++slot) {
        steps.answers_head("alpha", slot, slot).tick_after(12s);
    }
    REQUIRE(steps.published<updates::StreamEnded>().size() == 1);
    CHECK(steps.last<updates::StreamEnded>().reason == StreamEndReason::kTopicRefused);
    CHECK(topics_of_last_opening(steps) == "head,block,chain_reorg,finalized_checkpoint");
    CHECK(steps.published<updates::CycleFailed>().empty());
}

TEST_CASE("a stream that delivered and then gives none while the node moves on is stalled",
          "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(Slot{9});
    for (std::uint8_t slot = 10; slot < 13; ++slot) {
        steps.sends_bytes("alpha").answers_head("alpha", slot, slot).tick_after(12s);
    }
    REQUIRE(steps.published<updates::StreamEnded>().size() == 1);
    CHECK(steps.last<updates::StreamEnded>().reason == StreamEndReason::kStalled);
    CHECK(status_of(steps, "alpha").is_stalled);
    CHECK(steps.state("alpha") == StreamState::kConnecting);
    // A reconnect does not make it well; a head does.
    steps.opens("alpha").tick_after(12s);
    CHECK(status_of(steps, "alpha").is_stalled);
    steps.reports_head("alpha", tests::head(13, 13));
    CHECK_FALSE(status_of(steps, "alpha").is_stalled);
}

TEST_CASE("a node with keep-alives is silent after three of them", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(Slot{9}).answers_version("alpha", "Lighthouse/v5.1.0-abc");
    steps.tick_after(44s);
    CHECK(steps.published<updates::StreamEnded>().empty());
    steps.tick_after(2s);
    CHECK(steps.last<updates::StreamEnded>().reason == StreamEndReason::kSilent);
    CHECK(status_of(steps, "alpha").is_silent);
    steps.sends_bytes("alpha");
    CHECK_FALSE(status_of(steps, "alpha").is_silent);
}

TEST_CASE("a node without keep-alives lives by its answers", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(Slot{9});
    for (int i = 0; i < 5; ++i) {
        steps.tick_after(12s).answers_syncing("alpha", false);
    }
    CHECK(steps.published<updates::StreamEnded>().empty());
    steps.tick_after(36s);
    CHECK(steps.last<updates::StreamEnded>().reason == StreamEndReason::kSilent);
}

TEST_CASE("the config's limits of a node come before those of its client", "[monitor]") {
    HeadMonitorFixture steps{"other"};
    steps.options.liveness[updates::NodeId{"alpha"}] = {100s, std::nullopt};
    steps.next_run({"alpha"});
    steps.opens("alpha").answers_version("alpha", "Lighthouse/v5.1.0-abc").tick_after(99s);
    CHECK(steps.last<updates::StreamEnded>().node.name() == "other");
    steps.tick_after(2s);
    CHECK(steps.last<updates::StreamEnded>().reason == StreamEndReason::kSilent);
}

TEST_CASE("before genesis nothing is silent", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha"});
    steps.opens("alpha").answers_identity("alpha", {steps.now().wall + 10min, 12s});
    for (int i = 0; i < 20; ++i) {
        steps.tick_after(12s);
    }
    CHECK(steps.published<updates::StreamEnded>().empty());
    CHECK(steps.published<updates::SlotVerdict>().empty());
}

TEST_CASE("the gap after an opening is filled by a head that is never timed", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha"});
    steps.answers_identity("alpha", our_chain(steps)).forget().connects("alpha");
    CHECK(steps.asked("alpha").empty());
    steps.answers_version("alpha", "x").answers_syncing("alpha", false);
    steps.answers_head("alpha", 100, 7);
    REQUIRE(steps.published<updates::NodeHead>().size() == 1);
    const auto polled = steps.last<updates::NodeHead>();
    CHECK(polled.source == HeadSource::kPoll);
    CHECK(polled.timing.timeliness == HeadTimeliness::kPolled);
    CHECK_FALSE(polled.timing.delay.has_value());
    CHECK_FALSE(polled.is_first);
    CHECK(polled.is_latest);
    CHECK(steps.best_slots() == Slots{100});
    CHECK(steps.last<updates::BestHead>().source == HeadSource::kPoll);
    SECTION("as long as the stream gives none, and once each") {
        steps.opens("alpha").answers_head("alpha", 100, 7).answers_head("alpha", 101, 8);
        CHECK(steps.published<updates::NodeHead>().size() == 2);
        CHECK(steps.best_slots() == Slots{100, 101});
        steps.reports_head(Slot{102}).answers_head("alpha", 103, 9);
        CHECK(steps.published<updates::NodeHead>().size() == 3);
    }
    SECTION("and the stream's report of it is the first") {
        steps.opens("alpha").reports_head(tests::head(100, 7));
        CHECK(steps.last<updates::NodeHead>().is_first);
        CHECK(steps.last<updates::NodeHead>().timing.delay.has_value());
        CHECK(steps.best_slots() == Slots{100});
    }
}

TEST_CASE("there is no gap behind a head that came by stream", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(Slot{100}).answers_head("alpha", 99, 99);
    CHECK(steps.published<updates::NodeHead>().size() == 1);
}

TEST_CASE("a polled head does not start the count of failed cycles anew", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.ends("alpha").ticks(4).tick_after(12s).connects("alpha").answers_head("alpha", 9, 9);
    CHECK(steps.published<updates::NodeHead>().size() == 1);
    CHECK(steps.ends("alpha").gave_up());
}

TEST_CASE("a node that syncs is never best, and its heads are never late", "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha", "beta"});
    steps.opens("alpha").opens("beta");
    steps.reports_head("beta", tests::head(100, 1)).answers_syncing("beta", true);
    CHECK(steps.machine().heads().size() == 0);
    steps.reports_head("beta", tests::head(101, 2)).answers_head("beta", 102, 3);
    CHECK(steps.last<updates::NodeHead>().timing.timeliness == HeadTimeliness::kBackfill);
    CHECK_FALSE(steps.last<updates::NodeHead>().timing.is_late());
    CHECK(steps.best_slots() == Slots{100});
    steps.reports_head("alpha", tests::head(100, 1));
    CHECK(steps.best_slots() == Slots{100});
    steps.answers_syncing("beta", false).passes(12s).reports_head("beta", tests::head(101, 3));
    CHECK(steps.best_slots() == Slots{100, 101});
}

TEST_CASE("a burst of ascending old heads is catch-up", "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha"});
    steps.opens("alpha");
    for (std::uint8_t slot = 50; slot < 60; ++slot) {
        steps.reports_head(tests::head(slot, slot));
    }
    CHECK(steps.best_slots() == Slots{50});
    CHECK(steps.last<updates::NodeHead>().timing.timeliness == HeadTimeliness::kBackfill);
}

TEST_CASE("a head far ahead of the clock is not best, unless the clock itself is in doubt",
          "[monitor]") {
    HeadMonitorFixture steps = on_chain({"alpha", "beta"});
    steps.opens("alpha").opens("beta");
    SECTION("when another node agrees with our clock") {
        steps.answers_date("beta", steps.now().wall).reports_head("beta", tests::head(100, 1));
        steps.reports_head("alpha", tests::head(1'000'000, 9));
        CHECK(steps.best_slots() == Slots{100});
        CHECK_FALSE(steps.last<updates::NodeHead>().is_latest);
    }
    SECTION("when another node has not said anything yet, or agrees later") {
        steps.reports_head("alpha", tests::head(200, 9));
        CHECK(steps.best_slots().empty());
        steps.answers_date("beta", steps.now().wall).reports_head("beta", tests::head(100, 1));
        CHECK(steps.best_slots() == Slots{100});
    }
    SECTION("when all nodes are ahead of it, until one comes to its senses") {
        steps.reports_head("alpha", tests::head(200, 9)).reports_head("beta", tests::head(200, 9));
        CHECK(steps.best_slots() == Slots{200});
        steps.answers_date("beta", steps.now().wall).tick_after(12s);
        CHECK(steps.machine().heads().size() == 0);
        steps.reports_head("beta", tests::head(101, 2));
        CHECK(steps.last<updates::NodeHead>().is_latest);
    }
    SECTION("and that is told") {
        steps.reports_head("alpha", tests::head(200, 9)).reports_head("beta", tests::head(200, 9));
        REQUIRE(steps.published<updates::ClockSkew>().size() == 1);
        CHECK(steps.last<updates::ClockSkew>().level ==
              updates::ClockSkew::Level::kVerdictsSuspended);
    }
}

TEST_CASE("a node that does not answer costs one question a slot", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.connects("alpha").times_out("alpha", steps.asked("alpha").at(0));
    for (int i = 0; i < 6; ++i) {
        steps.forget().tick_after(12s);
        CHECK(steps.asked("alpha").size() == 1);
        steps.times_out("alpha", steps.asked("alpha").at(0));
        CHECK(steps.asked("alpha").size() == 1);
    }
    CHECK(status_of(steps.tick_after(12s), "alpha").breaker == updates::BreakerState::kHalfOpen);
}

TEST_CASE("a new list on another chain brings its slot time with it", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"old", "older", "new"});
    const auto ours = our_chain(steps);
    const chain::SlotClock other{ours.genesis(), 6s};
    steps.answers_identity("old", ours).answers_identity("older", ours);
    steps.answers_identity("new", other).next_run({"new"});
    CHECK((steps.last<updates::SlotTime>().clock == other));
    CHECK(status_of(steps, "new").network_check == updates::NetworkCheck::kMatch);
}

TEST_CASE("a node that syncs without streaming heads keeps its topics", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.connects("alpha").answers_syncing("alpha", true);
    for (std::uint8_t slot = 10; slot < 20; ++slot) {
        steps.answers_head("alpha", slot, slot).tick_after(12s);
    }
    CHECK(steps.published<updates::StreamEnded>().empty());
    steps.answers_syncing("alpha", false).answers_head("alpha", 20, 20);
    CHECK(steps.best_slots() == Slots{20});
}

TEST_CASE("our own stop is no end of the node", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").next_run({"alpha"});
    CHECK(steps.last<updates::StreamEnded>().consecutive_disconnects == 0);
    CHECK(status_of(steps, "alpha").disconnects == 0);
}
