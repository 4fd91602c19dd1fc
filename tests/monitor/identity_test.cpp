// Which node counts, and what is remembered of whom, as the whole machine keeps it.
#include <catch2/catch.hpp>

#include "tests/monitor/on_chain_fixture.hpp"
#include "tests/monitor/service_fixture.hpp"
#include "updates/node_health.hpp"
#include "updates/update.hpp"

using chain::Slot;
using tests::HeadMonitorFixture;
using tests::our_chain;
using tests::status_of;
using tests::unchecked;
using updates::NetworkCheck;
using updates::StreamEndReason;
using Kind = monitor::RestRequest::Kind;
using Names = std::vector<std::string>;
using Slots = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

namespace {

bool has(const HeadMonitorFixture& steps, const std::string& name, updates::NodeIssue issue) {
    return updates::has_issue(updates::find_issues(status_of(steps, name)), issue);
}

}  // namespace

TEST_CASE("no head counts before most nodes have answered alike, and none is lost", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha", "beta", "wrong"});
    const auto ours = our_chain(steps);
    for (const char* const name : {"alpha", "beta", "wrong"}) {
        steps.opens(name).reports_head(name, tests::head(100, 1));
    }
    steps.answers_identity("wrong", ours, 7).answers_identity("alpha", ours);
    CHECK(steps.published<updates::NodeHead>().empty());
    CHECK(steps.closed().empty());
    steps.answers_identity("beta", ours);
    CHECK(steps.published<updates::NodeHead>().size() == 2);
    CHECK(steps.closed() == Names{"wrong"});
    CHECK(steps.last<updates::StreamEnded>().detail == "0x00000000 with slots of 12000 ms");
    CHECK(steps.best_slots() == Slots{100});
}

TEST_CASE("when the wait is over those that have answered decide", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha", "beta", "gamma"});
    steps.opens("alpha").reports_head(Slot{100}).answers_identity("alpha", our_chain(steps));
    REQUIRE(steps.machine().deadline().has_value());
    CHECK(steps.published<updates::NodeHead>().empty());
    steps.wait_ends();
    CHECK(steps.best_slots() == Slots{100});
    CHECK_FALSE(steps.machine().deadline().has_value());
}

TEST_CASE("a disputed network is told of all, its streams stay, and an answer settles it",
          "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha", "beta"});
    const auto ours = our_chain(steps);
    steps.opens("alpha").answers_identity("alpha", ours).reports_head("alpha", tests::head(100, 1));
    steps.opens("beta").answers_identity("beta", ours, 7).reports_head("beta", tests::head(100, 2));
    steps.wait_ends();
    for (const char* const name : {"alpha", "beta"}) {
        CHECK(status_of(steps, name).network_check == NetworkCheck::kDisputed);
        CHECK(has(steps, name, updates::NodeIssue::kNetworkDisputed));
        CHECK(steps.state(name) == updates::StreamState::kOpen);
    }
    CHECK(steps.published<updates::NodeHead>().empty());
    steps.answers_identity("beta", ours);
    CHECK(status_of(steps, "alpha").network_check == NetworkCheck::kMatch);
    CHECK(steps.published<updates::NodeHead>().size() == 2);
    CHECK(steps.closed().empty());
}

TEST_CASE("a node that turns out to be on another chain in a dispute has its head withdrawn",
          "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha", "beta"});
    const auto ours = our_chain(steps);
    for (const char* const name : {"alpha", "beta"}) {
        steps.opens(name).answers_identity(name, ours);
    }
    steps.wait_ends().reports_head("alpha", tests::head(100, 1));
    steps.passes(12s).reports_head("beta", tests::head(101, 2));
    CHECK(steps.best_slots() == Slots{100, 101});
    steps.answers_identity("beta", ours, 7);
    CHECK(steps.machine().heads().size() == 1);
    CHECK(steps.state("beta") == updates::StreamState::kOpen);
    steps.passes(12s).reports_head("beta", tests::head(102, 3));
    CHECK(steps.best_slots().back() == 100);
    // Who passed keeps its pass.
    steps.reports_head("alpha", tests::head(101, 4));
    CHECK(steps.best_slots().back() == 101);
}

TEST_CASE("a node that comes back to our chain has its stream opened at once", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha", "beta", "gamma"});
    const auto ours = our_chain(steps);
    steps.opens("gamma").answers_identity("alpha", ours).answers_identity("beta", ours);
    steps.answers_identity("gamma", ours, 7).forget();
    steps.answers_identity("gamma", ours);
    CHECK(steps.opened() == Names{"gamma"});
}

TEST_CASE("a node that is exempt counts before it has answered, and says so", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha"});
    steps.options.exempt = {updates::NodeId{"alpha"}};
    steps.next_run({"alpha"});
    steps.opens("alpha").reports_head(Slot{100});
    CHECK(steps.best_slots() == Slots{100});
    CHECK(status_of(steps, "alpha").network_check == NetworkCheck::kOff);
    for (int i = 0; i < 5; ++i) {
        steps.all_refuse().tick_after(12s);
    }
    CHECK_FALSE(has(steps, "alpha", updates::NodeIssue::kUncheckedNetwork));
    CHECK_FALSE(has(steps, "alpha", updates::NodeIssue::kGenesisUnknown));
}

TEST_CASE("another URL under the same name makes another node of it", "[monitor]") {
    HeadMonitorFixture steps = unchecked({"alpha", "beta"});
    const auto ours = our_chain(steps);
    for (const char* const name : {"alpha", "beta"}) {
        steps.opens(name).answers_identity(name, ours).answers_version(name, "Teku/1");
        steps.answers_syncing(name, true).reports_head(name, tests::head(100, 1));
    }
    steps.ends("alpha").ends("beta");
    steps.options.renewed = {updates::NodeId{"beta"}};
    steps.next_run({"alpha", "beta"});
    CHECK((steps.last<updates::RunStarted>().renewed == steps.options.renewed));
    const auto kept = status_of(steps, "alpha");
    CHECK(kept.network_check == NetworkCheck::kMatch);
    CHECK(kept.version == "Teku/1");
    CHECK(kept.syncing.has_value());
    const auto fresh = status_of(steps, "beta");
    CHECK(fresh.network_check == NetworkCheck::kUnchecked);
    CHECK(fresh.version.empty());
    CHECK(fresh.network.empty());
    CHECK_FALSE(fresh.syncing.has_value());
    CHECK_FALSE(fresh.last_head.has_value());
    CHECK_FALSE(fresh.is_head_optimistic.has_value());
    // What is counted goes on.
    CHECK(fresh.disconnects == 1);
    // And it has passed nothing, also while its genesis does not answer.
    steps.forget().opens("beta").reports_head("beta", tests::head(200, 2));
    for (int i = 0; i < 4; ++i) {
        steps.all_refuse().tick_after(12s);
    }
    CHECK(steps.published<updates::NodeHead>().empty());
    CHECK(status_of(steps, "beta").network_check == NetworkCheck::kUnchecked);
}

TEST_CASE("the list tells which nodes are others under the same name", "[monitor]") {
    tests::ServiceFixture f;
    f.put({"alpha", "beta"});
    f.start();
    auto list = std::vector{tests::candidate("alpha"), tests::candidate("beta")};
    list[1].endpoint.headers.push_back({"Authorization", "another"});
    CHECK(f.candidates.replace(list).value());
    f.advance(1s);
    const auto runs = f.published<updates::RunStarted>();
    REQUIRE(runs.size() == 2);
    CHECK(runs[0].renewed.empty());
    CHECK((runs[1].renewed == std::vector{updates::NodeId{"beta"}}));
    // Limits of its own make no other node of it.
    list[0].liveness.stalled_slots = 9;
    list[0].checks_network = false;
    CHECK(f.candidates.replace(list).value());
    f.advance(1s);
    CHECK(f.published<updates::RunStarted>().back().renewed.empty());
}

TEST_CASE("what is asked in vain for three slots is an issue, and only that", "[monitor]") {
    struct Row {
        Kind kind;
        updates::NodeIssue issue;
    };
    for (const Row& row : {Row{Kind::kVersion, updates::NodeIssue::kVersionUnknown},
                           Row{Kind::kSyncing, updates::NodeIssue::kSyncUnknown},
                           Row{Kind::kHead, updates::NodeIssue::kHeadUnknown}}) {
        INFO(to_string(row.issue));
        HeadMonitorFixture steps{"alpha"};
        steps.opens("alpha");
        for (int slot = 0; slot < 4; ++slot) {
            steps.forget().tick_after(12s);
            steps.answers_all_but("alpha", row.kind).sends_bytes("alpha");
        }
        steps.tick_after(12s);
        auto issues = updates::find_issues(status_of(steps, "alpha"));
        // Its head is of long ago here.
        issues.reset(static_cast<std::size_t>(updates::NodeIssue::kHeadOld));
        CHECK(issues.count() == 1);
        CHECK(updates::has_issue(issues, row.issue));
        CHECK(status_of(steps, "alpha").breaker == updates::BreakerState::kClosed);
    }
}

TEST_CASE("a sync state that is told no more is unknown, and what was wrong stays wrong",
          "[monitor]") {
    for (const bool is_syncing : {false, true}) {
        HeadMonitorFixture steps{"alpha"};
        steps.opens("alpha").answers_syncing("alpha", is_syncing);
        for (int slot = 0; slot < 5; ++slot) {
            steps.all_refuse().tick_after(12s);
        }
        CHECK_FALSE(
            (status_of(steps, "alpha").syncing && status_of(steps, "alpha").is_sync_current));
        CHECK(has(steps, "alpha", updates::NodeIssue::kSyncing) == is_syncing);
        steps.answers_syncing("alpha", false).tick_after(12s);
        CHECK_FALSE(has(steps, "alpha", updates::NodeIssue::kSyncing));
        CHECK(status_of(steps, "alpha").is_sync_current);
    }
}

TEST_CASE("an optimistic head makes its node optimistic until a head says otherwise", "[monitor]") {
    HeadMonitorFixture steps{"alpha"};
    steps.opens("alpha").reports_head(tests::optimistic_head(100, 1)).tick_after(12s);
    CHECK(has(steps, "alpha", updates::NodeIssue::kOptimistic));
    steps.answers_syncing("alpha", false).tick_after(12s);
    CHECK(has(steps, "alpha", updates::NodeIssue::kOptimistic));
    SECTION("by stream") {
        steps.reports_head(tests::head(101, 2));
    }
    SECTION("by REST") {
        steps.answers_head("alpha", 100, 1);
    }
    CHECK_FALSE(has(steps.tick_after(12s), "alpha", updates::NodeIssue::kOptimistic));
}
