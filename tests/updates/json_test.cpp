#include "updates/json.hpp"

#include <algorithm>
#include <set>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "tests/updates/facts.hpp"
#include "updates/kind.hpp"
#include "updates/update.hpp"

namespace json_test {

using updates::to_json;
using updates::Update;
using namespace std::chrono_literals;
using namespace tests::facts;

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
          std::pair{"old_head_state", '3'}, std::pair{"new_head_state", '4'},
          std::pair{"new_head_hash", '6'}}) {
        CHECK(object.at(name).as_string().back() == last_digit);
    }
    CHECK(object.at("old_head_hash").is_null());
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

}  // namespace json_test
