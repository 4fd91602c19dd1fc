#include "updates/json.hpp"

#include <algorithm>
#include <set>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "chain/sync_status.hpp"
#include "tests/monitor/heads.hpp"
#include "tests/support/loop.hpp"
#include "updates/kind.hpp"
#include "updates/update.hpp"

namespace json_test {

using updates::to_json;
using updates::Update;
using namespace std::chrono_literals;

namespace {

const updates::NodeId kAlpha{"alpha"};
const base::Instant kAt{base::MonoTime{82s},
                        base::WallTime{std::chrono::seconds{1795294599}} + 123456us};

const updates::NodeId kBeta{"beta"};

/// A live head by stream, 2 s into its slot and 13 ms behind the first.
updates::NodeHead live_head() {
    updates::NodeHead out{kAlpha, tests::head(7, 1), true, false, 13ms};
    out.timing.delay = 2s;
    out.timing.deadline = chain::AttestationDeadline{4s, true};
    return out;
}

updates::NodeStatus full_status() {
    updates::NodeStatus status{kAlpha, updates::StreamState::kOpen, "Teku/1", kAt, {}, 4, 5};
    status.network_check = updates::NetworkCheck::kMismatch;
    status.topic_set = updates::TopicSet::kHeadOnly;
    status.breaker = updates::BreakerState::kHalfOpen;
    status.syncing = chain::SyncStatus{chain::Slot{90}, 10, true, false, true};
    status.is_stalled = true;
    status.ignored = 7;
    status.last_ignored = "ping";
    status.retry_at = base::Instant{kAt.mono + 45500ms, kAt.wall + 45500ms};
    status.network = "hoodi";
    status.unanswered = {{updates::RestQuestion::kVersion, "status 429", 3}};
    status.is_head_optimistic = false;
    status.last_reorg = updates::HeadReorg{tests::root(1), tests::root(2), 1, true};
    status.rest_retry_after = 31500ms;
    status.odd_spec_members = "SLOTS_PER_EPOCH";
    return status;
}

updates::HeadSplit split() {
    return {{{tests::root(1), chain::Slot{9}, {kAlpha}}, {tests::root(2), chain::Slot{8}, {kBeta}}},
            kAt.mono - 4s,
            false};
}

std::vector<updates::Fact> every_fact() {
    const chain::FinalizedCheckpoint checkpoint{tests::root(1), tests::root(2), chain::Epoch{3},
                                                false};
    return {
        updates::RunStarted{{kAlpha, kBeta}, {kBeta}},
        updates::StreamOpened{kAlpha, true},
        updates::StreamEnded{kAlpha, updates::StreamEndReason::kReset, "why", 3},
        live_head(),
        updates::BestHead{kAlpha, tests::head(7, 1, chain::PayloadStatus::kFull)},
        updates::Reorg{tests::root(1), tests::root(2), 2, updates::Certainty::kConfirmed, kAlpha},
        updates::Finalized{kAlpha, checkpoint},
        full_status(),
        updates::SlotVerdict{chain::Slot{7}, updates::Verdict::kLate, kAlpha, tests::root(1), 5s,
                             chain::AttestationDeadline{4s, false}},
        split(),
        updates::NodeBehind{kAlpha, true, chain::Slot{7}, chain::Slot{9}},
        updates::ClockSkew{updates::ClockSkew::Level::kSkewed, -1500ms, 200ms, false},
        updates::StreamBuffered{kAlpha, true},
        updates::SlotTime{chain::SlotClock{kAt.wall, 12s}, updates::SlotTimeSource::kNode,
                          updates::NodeId{"alpha"}},
        updates::CycleFailed{2, 5},
        updates::RunEnded{updates::RunEndReason::kGaveUp, "why"},
        updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed, "why", 12s, false, 3},
        updates::ServiceHealth{"monitor", updates::ServiceHealthState::kDegraded, "why"},
        updates::HeadProven{tests::root(1), chain::Slot{7}, tests::root(2)},
        updates::NodeBlock{kAlpha, chain::Slot{7}, tests::root(1), false},
        updates::NodeReorg{kAlpha, chain::Slot{7}, 2, tests::root(1), tests::root(2),
                           tests::root(3), tests::root(4), chain::Epoch{0}, false},
        updates::NodeEvent{kAlpha, "voluntary_exit", R"({"epoch":"3"})", tests::root(5)}};
}

boost::json::object parsed(const updates::Fact& fact) {
    return boost::json::parse(to_json(Update{fact, kAt})).as_object();
}

}  // namespace

TEST_CASE("an update is one line of JSON with a name and a time", "[updates]") {
    CHECK(to_json(Update{updates::CycleFailed{2, 5}, kAt}) ==
          R"({"update":"cycle_failed","at":"2026-11-21T20:56:39.123456Z",)"
          R"("at_monotonic_seconds":82,"consecutive_failed_cycles":2,"limit":5})");
    for (const auto& fact : every_fact()) {
        CHECK(to_json(Update{fact, kAt}).find('\n') == std::string::npos);
    }
}

TEST_CASE("the end of a service says when it starts again, or null for never", "[updates]") {
    const auto object = parsed(every_fact()[16]);
    CHECK(object.at("update") == "service_ended");
    CHECK(object.at("service") == "monitor");
    CHECK(object.at("reason") == "failed");
    CHECK(object.at("detail") == "why");
    CHECK(object.at("restart_after_seconds").to_number<double>() == Approx(12));
    CHECK(object.at("fatal") == false);
    CHECK(object.at("consecutive_failures") == 3);
    const auto stopped = parsed(
        updates::ServiceEnded{"monitor", updates::ServiceEndReason::kTimeout, "", {}, true, 1});
    CHECK(stopped.at("restart_after_seconds").is_null());
    CHECK(stopped.at("fatal") == true);
}

TEST_CASE("a node's claim of a reorg has the members of its event", "[updates]") {
    const auto facts = every_fact();
    const auto reorg = std::find_if(facts.begin(), facts.end(), [](const updates::Fact& fact) {
        return updates::kind_of(fact) == updates::Kind::kNodeReorg;
    });
    REQUIRE(reorg != facts.end());
    const auto object = parsed(*reorg);
    CHECK(object.at("update") == "node_reorg");
    CHECK(object.at("depth") == "2");
    for (const auto& [name, last_digit] :
         {std::pair{"old_head_block", '1'}, std::pair{"new_head_block", '2'},
          std::pair{"old_head_state", '3'}, std::pair{"new_head_state", '4'}}) {
        CHECK(object.at(name).as_string().back() == last_digit);
    }
}

TEST_CASE("no kind of update is left out of these tests", "[updates]") {
    std::set<std::size_t> kinds;
    for (const auto& fact : every_fact()) {
        kinds.insert(fact.index());
    }
    CHECK(kinds.size() == std::variant_size_v<updates::Fact>);
}

TEST_CASE("a head is written as the Beacon API writes it", "[updates]") {
    const auto object = parsed(live_head());
    CHECK(object.at("node") == "alpha");
    CHECK(object.at("slot") == "7");
    CHECK(object.at("block").as_string() ==
          "0x0000000000000000000000000000000000000000000000000000000000000001");
    CHECK(object.at("payload_status").is_null());
    CHECK(object.at("epoch_transition") == false);
    CHECK(object.at("current_epoch_dependent_root").is_string());
    CHECK(parsed(every_fact()[4]).at("payload_status") == "full");
    updates::NodeHead last{kAlpha, tests::head(UINT64_MAX, 1)};
    CHECK(parsed(last).at("slot") == "18446744073709551615");
}

TEST_CASE("a head is told with its age, and with times where it has any", "[updates]") {
    auto head = live_head();
    auto object = parsed(head);
    CHECK(object.at("source") == "stream");
    CHECK(object.at("timeliness") == "live");
    CHECK(object.at("lag_seconds").to_number<double>() == Approx(0.013));
    CHECK(object.at("delay_seconds").to_number<double>() == Approx(2));
    CHECK(object.at("is_late") == false);
    CHECK(object.at("deadline_seconds").to_number<double>() == Approx(4));
    CHECK(object.at("deadline_assumed") == true);

    head.timing.delay = 4001ms;
    CHECK(parsed(head).at("is_late") == true);
    head.timing.delay = -500ms;
    CHECK(parsed(head).at("delay_seconds").to_number<double>() == Approx(-0.5));
    CHECK(parsed(head).at("is_late") == false);

    // The payload came in: a delay, and no deadline.
    head.timing.deadline.reset();
    object = parsed(head);
    CHECK(object.at("delay_seconds").is_number());
    CHECK(object.at("is_late").is_null());
    CHECK(object.at("deadline_seconds").is_null());
    CHECK(object.at("deadline_assumed").is_null());

    head.timing.is_repeat = true;
    CHECK(parsed(head).at("lag_seconds").is_null());
    CHECK(parsed(head).at("is_repeat") == true);

    head.timing = updates::HeadTiming{updates::HeadTimeliness::kBackfill, false, false, {}, {}};
    object = parsed(head);
    CHECK(object.at("timeliness") == "backfill");
    CHECK(object.at("lag_seconds").is_null());
    CHECK(object.at("delay_seconds").is_null());
    CHECK(object.at("is_late").is_null());
}

TEST_CASE("a head that was asked for has none of what only an event tells", "[updates]") {
    auto head = live_head();
    head.source = updates::HeadSource::kPoll;
    head.timing = updates::HeadTiming{updates::HeadTimeliness::kPolled, false, false, {}, {}};
    updates::BestHead best{kAlpha, tests::head(7, 1), updates::HeadSource::kPoll};
    for (const auto& object : {parsed(head), parsed(best)}) {
        CHECK(object.at("source") == "poll");
        CHECK(object.at("epoch_transition").is_null());
        CHECK(object.at("current_epoch_dependent_root").is_null());
        CHECK(object.at("next_epoch_dependent_root").is_null());
        CHECK(object.at("block").is_string());
        CHECK(object.at("state").is_string());
    }
    CHECK(parsed(head).at("timeliness") == "polled");
}

TEST_CASE("what a node says of its sync state is null until it has said it", "[updates]") {
    auto object = parsed(full_status());
    CHECK(object.at("network_check") == "mismatch");
    CHECK(object.at("topic_set") == "head_only");
    CHECK(object.at("rest_breaker") == "half_open");
    CHECK(object.at("malformed") == 5);
    CHECK(object.at("ignored") == 7);
    CHECK(object.at("last_ignored") == "ping");
    CHECK(object.at("stream_retry_after_seconds").to_number<double>() == Approx(45.5));
    CHECK(object.at("is_lagging") == false);
    CHECK(object.at("is_clock_off") == false);
    CHECK(object.at("head_slot") == "90");
    CHECK(object.at("sync_distance") == 10);
    CHECK(object.at("is_syncing") == true);
    CHECK(object.at("is_optimistic") == false);
    CHECK(object.at("el_offline") == true);
    CHECK(object.at("is_silent") == false);
    CHECK(object.at("is_stalled") == true);
    CHECK(object.at("health") == "unusable");
    CHECK(object.at("issues").as_array() ==
          boost::json::array{"stalled", "wrong_network", "syncing", "el_offline", "rest_down"});
    object = parsed(updates::NodeStatus{kAlpha});
    for (const char* name : {"head_slot", "sync_distance", "is_syncing", "is_optimistic",
                             "el_offline", "last_ignored", "stream_retry_after_seconds"}) {
        CHECK(object.at(name).is_null());
    }
    auto waited = full_status();
    waited.retry_at = base::Instant{kAt.mono - 1s, kAt.wall - 1s};
    CHECK(parsed(waited).at("stream_retry_after_seconds").to_number<double>() == 0);
}

TEST_CASE("what was right is null when it is told no more, and what was wrong stays", "[updates]") {
    auto status = full_status();
    status.is_sync_current = false;
    const auto object = parsed(status);
    for (const char* name : {"head_slot", "sync_distance", "is_optimistic"}) {
        CHECK(object.at(name).is_null());
    }
    CHECK(object.at("is_syncing") == true);
    CHECK(object.at("el_offline") == true);
}

TEST_CASE("what a node leaves unanswered is told with path, reason and slots", "[updates]") {
    const auto object = parsed(full_status());
    const auto& unanswered = object.at("unanswered").as_array();
    REQUIRE(unanswered.size() == 1);
    CHECK(unanswered[0].at("question") == "version");
    CHECK(unanswered[0].at("path") == "/eth/v1/node/version");
    CHECK(unanswered[0].at("reason") == "status 429");
    CHECK(unanswered[0].at("slots") == 3);
    CHECK(object.at("rest_retry_after_seconds").to_number<double>() == Approx(31.5));
    CHECK(object.at("network") == "hoodi");
    CHECK(object.at("odd_spec_members") == "SLOTS_PER_EPOCH");
}

TEST_CASE("a split is told with its branches, and its end without", "[updates]") {
    auto object = parsed(split());
    CHECK(object.at("since_monotonic_seconds").to_number<double>() == Approx(78));
    const auto& branches = object.at("branches").as_array();
    REQUIRE(branches.size() == 2);
    CHECK(branches[1].at("slot") == "8");
    CHECK(branches[1].at("head").as_string().ends_with("02"));
    CHECK(branches[1].at("nodes").at(0) == "beta");
    object = parsed(updates::HeadSplit{{}, kAt.mono, true});
    CHECK(object.at("branches").as_array().empty());
    CHECK(object.at("is_over") == true);
}

TEST_CASE("facts of slots, clock and proxy say null for what is not known", "[updates]") {
    auto object = parsed(every_fact()[5]);
    CHECK(object.at("depth") == 2);
    CHECK(object.at("certainty") == "confirmed");
    CHECK(object.at("reported_by") == "alpha");
    CHECK(parsed(updates::Reorg{}).at("reported_by").is_null());

    object = parsed(every_fact()[8]);
    CHECK(object.at("verdict") == "late");
    CHECK(object.at("first_reported_by") == "alpha");
    CHECK(object.at("delay_seconds").to_number<double>() == Approx(5));
    object =
        parsed(updates::SlotVerdict{chain::Slot{7}, updates::Verdict::kMissed, {}, {}, {}, {}});
    CHECK(object.at("first_reported_by").is_null());
    CHECK(object.at("block").is_null());
    CHECK(object.at("delay_seconds").is_null());

    object = parsed(every_fact()[11]);
    CHECK(object.at("level") == "skewed");
    CHECK(object.at("offset_seconds").to_number<double>() == Approx(-1.5));
    CHECK(object.at("kernel_synchronised") == false);
    CHECK(parsed(updates::ClockSkew{}).at("kernel_synchronised").is_null());
    CHECK(parsed(updates::ClockSkew{}).at("offset_seconds").is_null());
    CHECK(parsed(updates::ClockSkew{}).at("uncertainty_seconds").is_null());

    CHECK(parsed(every_fact()[12]).at("advice").is_string());
    CHECK(parsed(updates::StreamBuffered{kAlpha, false}).at("advice").is_null());
}

TEST_CASE("an event of an extra topic is an object in its update", "[updates]") {
    const auto object = parsed(every_fact().back());
    CHECK(object.at("topic") == "voluntary_exit");
    CHECK(object.at("data").at("epoch") == "3");
    CHECK(object.at("content").as_string().ends_with("05"));
}

TEST_CASE("seconds are plain decimals, exact to the nanosecond, whatever their size", "[updates]") {
    const auto lag_text = [](base::Duration lag) {
        auto head = live_head();
        head.lag = lag;
        const std::string line = to_json(Update{head, kAt});
        const auto begin = line.find("\"lag_seconds\":") + 14;
        return line.substr(begin, line.find(',', begin) - begin);
    };
    CHECK(lag_text(397355155ns) == "0.397355155");
    CHECK(lag_text(1ns) == "0.000000001");
    CHECK(lag_text(12s) == "12");
    CHECK(lag_text(-500us) == "-0.0005");
}

TEST_CASE("text in an update cannot break out of its line", "[updates]") {
    const updates::StreamEnded ended{kAlpha, updates::StreamEndReason::kReset, "a\"b\n\x01", 1};
    const std::string line = to_json(Update{ended, kAt});
    CHECK(line.find('\n') == std::string::npos);
    CHECK(boost::json::parse(line).at("detail") == "a\"b\n\x01");
}

TEST_CASE("every member of every update is described in docs/updates.md", "[updates]") {
    const std::string page = tests::fixture("../docs/updates.md");
    const auto section = [&](const std::string& heading) {
        const auto begin = page.find("\n## " + heading + "\n");
        REQUIRE(begin != std::string::npos);
        const auto end = page.find("\n## ", begin + 1);
        return page.substr(begin, end == std::string::npos ? end : end - begin);
    };
    const std::string common = section("Every update");
    for (const auto& fact : every_fact()) {
        const auto object = parsed(fact);
        const std::string own = section(std::string{object.at("update").as_string()});
        const auto is_described = [&](const boost::json::object& members) {
            for (const auto& member : members) {
                const std::string name = "`" + std::string{member.key()} + "`";
                INFO(name << " of " << object.at("update").as_string());
                CHECK((common + own).find(name) != std::string::npos);
                // The example shows it too.
                const std::string in_example = "\"" + std::string{member.key()} + "\":";
                CHECK(own.find(in_example) != std::string::npos);
            }
        };
        is_described(object);
        if (object.contains("branches")) {
            is_described(object.at("branches").at(0).as_object());
        }
    }
    for (const updates::StreamEndReason reason : updates::kAllStreamEndReasons) {
        const std::string name = "`" + std::string{to_string(reason)} + "`";
        INFO(name);
        CHECK(section("stream_ended").find(name) != std::string::npos);
    }
}

TEST_CASE("each word of a set is described where it is used, and each example is JSON",
          "[updates]") {
    const std::string page = tests::fixture("../docs/updates.md");
    using updates::to_string;
    std::vector<std::string_view> words;
    for (const auto verdict :
         {updates::Verdict::kOnTime, updates::Verdict::kLate, updates::Verdict::kMissed,
          updates::Verdict::kOptimistic, updates::Verdict::kUnknown}) {
        words.push_back(to_string(verdict));
    }
    for (const auto timeliness :
         {updates::HeadTimeliness::kLive, updates::HeadTimeliness::kStale,
          updates::HeadTimeliness::kBackfill, updates::HeadTimeliness::kPolled}) {
        words.push_back(to_string(timeliness));
    }
    for (const auto level : {updates::ClockSkew::Level::kNone, updates::ClockSkew::Level::kSkewed,
                             updates::ClockSkew::Level::kVerdictsSuspended}) {
        words.push_back(to_string(level));
    }
    for (const auto set : {updates::TopicSet::kHeadV2Full, updates::TopicSet::kHeadFull,
                           updates::TopicSet::kHeadOnly}) {
        words.push_back(to_string(set));
    }
    for (const std::string_view word : words) {
        INFO(word);
        CHECK(page.find("`" + std::string{word} + "`") != std::string::npos);
    }
    std::size_t examples = 0;
    constexpr std::string_view kFence = "```json\n";
    for (auto at = page.find(kFence); at != std::string::npos; at = page.find(kFence, at + 1)) {
        const auto begin = at + kFence.size();
        CHECK(boost::json::parse(page.substr(begin, page.find('\n', begin) - begin)).is_object());
        ++examples;
    }
    // `lagged` besides.
    CHECK(examples == std::variant_size_v<updates::Fact> + 1);
}

}  // namespace json_test
