#include <algorithm>
#include <set>

#include "history/head_flags.hpp"
#include "history/schema.hpp"
#include "tests/history/history_fixture.hpp"
#include "updates/kind.hpp"

using namespace tests;
using Lines = std::vector<std::string>;

namespace recorder_test {

/// One fact of each kind.
std::vector<updates::Message> every_fact() {
    const updates::NodeId alpha{"alpha"};
    const updates::NodeId beta{"beta"};
    std::vector<updates::Message> all;
    const auto add = [&](updates::Fact fact) {
        all.push_back(update(std::move(fact), std::chrono::seconds{all.size() + 1}));
    };
    add(updates::SlotTime{chain::SlotClock{wall(0s), 12s}, updates::SlotTimeSource::kNode, alpha});
    add(updates::RunStarted{{alpha, beta}});
    add(updates::StreamOpened{alpha});
    add(head("alpha", 7, 1));
    add(updates::HeadProven{root(1), chain::Slot{7}, root(9)});
    add(updates::BestHead{alpha, head("alpha", 7, 1).head});
    add(updates::Reorg{root(2), root(3), 1, updates::Certainty::kConfirmed, beta});
    add(updates::Finalized{alpha, {root(4), root(5), chain::Epoch{3}, false}});
    add(updates::NodeStatus{alpha});
    add(updates::SlotVerdict{chain::Slot{7}, updates::Verdict::kOnTime, alpha, root(1), 1s, {4s}});
    add(updates::HeadSplit{{{root(2), chain::Slot{8}, {alpha}}, {root(3), chain::Slot{8}, {beta}}},
                           base::MonoTime{1h}});
    add(updates::NodeBehind{beta, true, chain::Slot{6}, chain::Slot{7}});
    add(updates::ClockSkew{updates::ClockSkew::Level::kSkewed, 1500ms, 20ms, true});
    add(updates::StreamBuffered{beta, true});
    add(updates::CycleFailed{2});
    add(updates::StreamEnded{alpha, updates::StreamEndReason::kReset, "peer", 1});
    add(updates::ServiceEnded{"web/metrics", updates::ServiceEndReason::kFailed, "port", 1s});
    add(updates::ServiceHealth{"monitor", updates::ServiceHealthState::kDegraded, "slow"});
    add(updates::RunEnded{updates::RunEndReason::kListChanged, "new list"});
    return all;
}

}  // namespace recorder_test

using recorder_test::every_fact;

TEST_CASE("every kind of update has its row", "[history]") {
    const TemporaryFolder folder;
    Recording recording{folder.file()};
    const auto facts = every_fact();
    std::set<std::size_t> kinds;
    for (const auto& message : facts) {
        kinds.insert(std::get<std::shared_ptr<const updates::Update>>(message)->fact.index());
    }
    // But for blocks that are no heads, claims of reorgs, and events of topics that are passed on.
    REQUIRE(kinds.size() == updates::kKindCount - 3);
    recording.write(facts, 60s);
    for (const char* table :
         {"slot_times", "runs", "streams", "heads", "blocks", "best_heads", "reorgs", "finalized",
          "node_health", "slots", "splits", "node_behind", "clock_skew", "stream_buffered",
          "failed_cycles", "service_ends", "service_health"}) {
        INFO(table);
        CHECK(recording.count(table) == 1);
    }
    CHECK(recording.rows("SELECT n.name, hex(substr(b.root, 1, 2)), b.slot, h.delay_ns, h.lag_ns "
                         "FROM heads h JOIN nodes n ON n.id = h.node JOIN blocks b ON b.at = "
                         "h.block") == Lines{"alpha|0101|7|1000000000|0"});
    CHECK(recording.rows("SELECT slot, hex(substr(parent, 1, 1)), " + since_begin("proven") +
                         " FROM blocks") == Lines{"7|09|5.0"});
    CHECK(recording.rows("SELECT " + since_begin("opened") + ", " + since_begin("ended") +
                         ", reason, detail FROM streams") == Lines{"3.0|16.0|reset|peer"});
    CHECK(recording.rows("SELECT verdict, first_node, delay_ns, deadline_ns FROM slots") ==
          Lines{"on_time|1|1000000000|4000000000"});
    CHECK(recording.rows("SELECT branch, slot FROM split_branches") == Lines{"1|8", "2|8"});
    CHECK(recording.rows("SELECT branch, node FROM split_nodes") == Lines{"1|1", "2|2"});
    CHECK(recording.rows("SELECT " + since_begin("ended") + ", reason, detail FROM runs") ==
          Lines{"19.0|list_changed|new list"});
    CHECK(recording.rows("SELECT service, reason, restart_after_ns FROM service_ends") ==
          Lines{"web/metrics|failed|1000000000"});
}

TEST_CASE("each table of the schema is dated, or hangs on one that is", "[history]") {
    const TemporaryFolder folder;
    const Recording recording{folder.file()};
    std::set<std::string> tables{"meta",           "nodes",       "slot_times",
                                 "split_branches", "split_nodes", "run_nodes"};
    for (const history::DatedTable& table : history::dated_tables()) {
        tables.insert(std::string{table.name});
    }
    const auto all = recording.rows(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    CHECK(std::set<std::string>(all.begin(), all.end()) == tables);
}

TEST_CASE("facts of one moment have rows of their own, in order", "[history]") {
    const TemporaryFolder folder;
    Recording recording{folder.file()};
    std::vector<updates::Message> burst;
    for (std::uint8_t i = 1; i <= 50; ++i) {
        burst.push_back(update(head("alpha", i, i), 1s));
    }
    recording.write(burst, 2s);
    // The wall clock is set back.
    recording.write(burst, 3s);
    CHECK(recording.count("heads") == 100);
    CHECK(recording.count("blocks") == 50);
    CHECK(recording.rows("SELECT max(at) - min(at) FROM heads") == Lines{"99"});
}

TEST_CASE("a batch that is written again is not written twice", "[history]") {
    const TemporaryFolder folder;
    Recording recording{folder.file()};
    const history::Batch batch{1, {update(updates::CycleFailed{}, 1s)}, wall(2s)};
    recording.recorder.record(batch, *recording.connection);
    recording.recorder.record(batch, *recording.connection);
    recording.recorder.forget();
    recording.recorder.record(batch, *recording.connection);
    CHECK(recording.count("failed_cycles") == 1);
}

TEST_CASE("a batch that fails leaves nothing, and is written whole once it can be", "[history]") {
    const TemporaryFolder folder;
    Recording recording{folder.file()};
    recording.write({}, 0s);
    recording.connection->database().exec("ALTER TABLE failed_cycles RENAME TO elsewhere");
    const history::Batch batch{
        2, {update(head("alpha", 1, 1), 1s), update(updates::CycleFailed{}, 1s)}, wall(2s)};
    CHECK_THROWS_AS(recording.recorder.record(batch, *recording.connection), SQLite::Exception);
    CHECK(recording.count("heads") == 0);
    CHECK(recording.count("nodes") == 0);
    recording.connection->database().exec("ALTER TABLE elsewhere RENAME TO failed_cycles");
    recording.recorder.record(batch, *recording.connection);
    CHECK(recording.count("heads") == 1);
    CHECK(recording.count("failed_cycles") == 1);
    CHECK(recording.rows("SELECT name FROM nodes") == Lines{"alpha"});
}

TEST_CASE("after a failure the run and the streams that are on are known again", "[history]") {
    const TemporaryFolder folder;
    const updates::NodeId alpha{"alpha"};
    Recording recording{folder.file()};
    recording.write({updates::Snapshot{}, update(updates::RunStarted{{alpha}}, 1s),
                     update(updates::StreamOpened{alpha}, 2s)},
                    3s);
    recording.recorder.forget();
    updates::StreamEnded ended{.node = alpha, .detail = ""};
    recording.write({update(ended, 5s), update(updates::RunEnded{}, 6s)}, 7s);
    CHECK(recording.rows("SELECT " + since_begin("opened") + ", " + since_begin("ended") +
                         " FROM streams") == Lines{"2.0|5.0"});
    CHECK(recording.rows("SELECT " + since_begin("at") + ", " + since_begin("ended") +
                         " FROM runs") == Lines{"1.0|6.0"});
    CHECK(recording.count("gaps") == 0);
}

TEST_CASE("a file that takes the place of another knows what is on", "[history]") {
    const TemporaryFolder folder;
    const updates::NodeId alpha{"alpha"};
    Recording recording{folder.file()};
    recording.write({updates::Snapshot{}, update(updates::RunStarted{{alpha}}, 1s),
                     update(updates::StreamOpened{alpha}, 2s)},
                    3s);
    recording.recorder.forget();
    recording.connection = history::Connection::open_writer(folder.file("new.db"));
    updates::StreamEnded ended{.node = alpha, .detail = ""};
    recording.write({update(ended, 9s)}, 8s);
    CHECK(recording.rows("SELECT " + since_begin("opened") + ", " + since_begin("ended") +
                         " FROM streams") == Lines{"8.0|9.0"});
    CHECK(recording.rows("SELECT " + since_begin("r.at") +
                         ", n.name FROM runs r JOIN run_nodes m "
                         "ON m.run = r.at JOIN nodes n ON n.id = m.node") == Lines{"8.0|alpha"});
    CHECK(recording.rows("SELECT " + since_begin("value") + " FROM meta WHERE key = 'begun'") ==
          Lines{"8.0"});
}

TEST_CASE("what a node's health is, is written when it changes", "[history]") {
    const TemporaryFolder folder;
    Recording recording{folder.file()};
    updates::NodeStatus status{updates::NodeId{"alpha"}, updates::StreamState::kOpen};
    status.network_check = updates::NetworkCheck::kMatch;
    status.version = "Lighthouse/v7";
    recording.write({update(status, 1s), update(status, 13s)}, 14s);
    status.disconnects = 4;
    recording.write({update(status, 25s)}, 26s);
    CHECK(recording.count("node_health") == 1);
    status.is_silent = true;
    recording.write({update(status, 37s)}, 38s);
    CHECK(recording.rows("SELECT issues, state, version FROM node_health ORDER BY at") ==
          Lines{"|open|Lighthouse/v7", "silent|open|Lighthouse/v7"});
}

TEST_CASE("the time between two processes is a gap, and what was on has ended", "[history]") {
    const TemporaryFolder folder;
    const updates::NodeId alpha{"alpha"};
    {
        Recording first{folder.file()};
        first.write(
            {update(updates::RunStarted{{alpha}}, 1s), update(updates::StreamOpened{alpha}, 2s)},
            10s);
    }
    {
        Recording killed{folder.file()};
        killed.write({updates::Snapshot{}}, 100s);
        CHECK(killed.rows("SELECT " + since_begin("at") + ", " + since_begin("until") +
                          ", reason FROM gaps") == Lines{"10.0|100.0|killed"});
        CHECK(killed.rows("SELECT " + since_begin("ended") + ", reason FROM streams") ==
              Lines{"10.0|not_watched"});
        CHECK(killed.rows("SELECT " + since_begin("ended") + ", reason FROM runs") ==
              Lines{"10.0|not_watched"});
        killed.write({}, 110s, true);
    }
    Recording stopped{folder.file()};
    stopped.write({}, 120s);
    CHECK(stopped.rows("SELECT " + since_begin("at") + ", reason FROM gaps ORDER BY at") ==
          Lines{"10.0|killed", "110.0|stopped"});
    stopped.write({}, 130s);
    CHECK(stopped.count("gaps") == 2);
}

TEST_CASE("where the queue dropped updates is a gap, and what is so now is taken from there",
          "[history]") {
    const TemporaryFolder folder;
    const updates::NodeId alpha{"alpha"};
    const updates::NodeId beta{"beta"};
    Recording recording{folder.file()};
    recording.write({updates::Snapshot{}, update(updates::RunStarted{{alpha}}, 1s),
                     update(updates::StreamOpened{alpha}, 2s)},
                    3s);
    updates::Snapshot later;
    later.running = true;
    later.nodes.try_emplace(beta, beta);
    later.nodes.find(beta)->second.status.state = updates::StreamState::kOpen;
    recording.write({updates::Lagged{17}, later, update(updates::CycleFailed{}, 40s)}, 41s);
    CHECK(recording.rows("SELECT " + since_begin("at") + ", " + since_begin("until") +
                         ", reason, dropped FROM gaps") == Lines{"3.0|40.0|lagged|17"});
    CHECK(recording.rows("SELECT n.name, s.ended IS NULL FROM streams s JOIN nodes n ON n.id = "
                         "s.node ORDER BY s.at") == Lines{"alpha|0", "beta|1"});
    CHECK(recording.rows("SELECT r.reason, n.name FROM runs r JOIN run_nodes m ON m.run = r.at "
                         "JOIN nodes n ON n.id = m.node ORDER BY r.at") ==
          Lines{"not_watched|alpha", "|beta"});
}

TEST_CASE("the flags of a head say what it was", "[history]") {
    using history::head_flags;
    auto one = head("alpha", 1, 1);
    const auto topics = updates::TopicSet::kHeadOnly;
    CHECK(history::is_timed(head_flags(one, topics, false)));
    CHECK_FALSE(history::is_timed(head_flags(one, topics, true)));
    CHECK((head_flags(one, topics, false) & history::kLateHead) == 0);
    one.timing.delay = 5s;
    CHECK((head_flags(one, topics, false) & history::kLateHead) != 0);
    CHECK((head_flags(one, topics, false) >> history::kTopicSetShift) == 2);
    one.timing.timeliness = updates::HeadTimeliness::kBackfill;
    CHECK_FALSE(history::is_timed(head_flags(one, topics, false)));
    CHECK(history::timeliness_of(head_flags(one, topics, false)) ==
          updates::HeadTimeliness::kBackfill);
    one.timing.timeliness = updates::HeadTimeliness::kLive;
    one.timing.is_repeat = true;
    CHECK_FALSE(history::is_timed(head_flags(one, topics, false)));
    one.timing.is_repeat = false;
    one.source = updates::HeadSource::kPoll;
    CHECK_FALSE(history::is_timed(head_flags(one, topics, false)));
}
