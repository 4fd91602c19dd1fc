// What is told of one node.
#include <catch2/catch.hpp>

#include "chain/sync_status.hpp"
#include "metrics/label_values.hpp"
#include "tests/metrics/metrics_fixture.hpp"
#include "updates/stream_end_reason.hpp"
#include "updates/update.hpp"

using tests::MetricsFixture;
using updates::NodeId;
using namespace std::chrono_literals;

namespace {

const updates::NodeId kA{"a"};

}  // namespace

TEST_CASE("a head counts for who was first, and for when, once it is proven", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    updates::NodeHead head = MetricsFixture::head("a", 7);
    head.head.block = tests::root(2);
    fixture.publish(head);
    const std::string first = R"(heads_first_total{node="a"})";
    CHECK(fixture.find(first) == 0.0);
    fixture.publish(updates::HeadProven{tests::root(2), chain::Slot{7}, tests::root(1)});
    CHECK(fixture.find(first) == 1.0);
    CHECK(fixture.find(R"(heads_on_time_total{node="a"})") == 1.0);
    // Of a node that makes up heads nothing is compared with others.
    updates::NodeStatus unproven = MetricsFixture::status("a");
    unproven.is_unproven = true;
    fixture.publish(unproven);
    fixture.publish(MetricsFixture::head("a", 8));
    CHECK(fixture.find(first) == 1.0);
}

TEST_CASE("a node in the list counts from zero, its states are told from the start", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    const auto page = fixture.page();
    for (const updates::StreamEndReason reason : updates::kAllStreamEndReasons) {
        const std::string sample = "stream_disconnections_total{node=\"a\",reason=\"" +
                                   std::string{to_string(reason)} + "\"}";
        const bool is_ours = reason == updates::StreamEndReason::kCancelled;
        CHECK(page.find(sample) == (is_ours ? std::nullopt : std::optional{0.0}));
    }
    CHECK(page.find("heads_late_total{node=\"a\"}") == 0);
    CHECK(page.find("unreported_slots_total{node=\"a\"}") == 0);
    CHECK(page.find("stream_state{node=\"a\",state=\"connecting\"}") == 1);
    CHECK(page.sum("stream_state{node=\"a\"") == 1);
    CHECK(page.find("node_info{client=\"unknown\",node=\"a\",version=\"\"}") == 1);
    CHECK(page.find("head_arrival_delay_seconds_count{node=\"a\"}") == 0);
    // What nobody knows yet is not there.
    CHECK_FALSE(page.find("node_head_slot{node=\"a\"}"));
    CHECK_FALSE(page.find("node_last_byte_timestamp_seconds{node=\"a\"}"));
    CHECK_FALSE(page.find("node_last_head_timestamp_seconds{node=\"a\"}"));
    CHECK_FALSE(page.find("node_sync_distance_slots{node=\"a\"}"));
}

TEST_CASE("lost streams count by reason, and once each when they are back", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    // The first opening brings nothing back.
    fixture.publish(updates::StreamOpened{kA, false});
    CHECK(fixture.find("stream_reconnections_total{node=\"a\"}") == 0);
    fixture.lose("a", updates::StreamEndReason::kReset);
    fixture.lose("a", updates::StreamEndReason::kConnectFailed);
    fixture.lose("a", updates::StreamEndReason::kConnectFailed);
    CHECK(fixture.find("stream_state{node=\"a\",state=\"ended\"}") == 1);
    fixture.publish(updates::StreamOpened{kA, true});
    const auto page = fixture.page();
    CHECK(page.find("stream_disconnections_total{node=\"a\",reason=\"reset\"}") == 1);
    CHECK(page.find("stream_disconnections_total{node=\"a\",reason=\"connect_failed\"}") == 2);
    CHECK(page.sum("stream_disconnections_total") == 3);
    CHECK(page.find("stream_reconnections_total{node=\"a\"}") == 1);
    CHECK(page.find("stream_state{node=\"a\",state=\"open\"}") == 1);
    CHECK(page.sum("stream_state{node=\"a\"") == 1);
}

TEST_CASE("an end by our own side is no disconnection, and opening anew no reconnection",
          "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    fixture.publish(updates::StreamOpened{kA, false});
    fixture.lose("a", updates::StreamEndReason::kCancelled);
    fixture.follow({"a"});
    fixture.publish(updates::StreamOpened{kA, false});
    CHECK(fixture.page().sum("stream_disconnections_total") == 0);
    CHECK(fixture.find("stream_reconnections_total{node=\"a\"}") == 0);
}

TEST_CASE("a stream that comes back in the next run is a reconnection", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    fixture.publish(updates::StreamOpened{kA, false});
    fixture.lose("a", updates::StreamEndReason::kReset);
    fixture.publish(updates::RunEnded{updates::RunEndReason::kGaveUp, ""});
    fixture.follow({"a"});
    fixture.publish(updates::StreamOpened{kA, false});
    CHECK(fixture.find("stream_reconnections_total{node=\"a\"}") == 1);
}

TEST_CASE("heads count by topic and source", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    fixture.wall = base::WallTime{1700000000500ms};
    fixture.publish(MetricsFixture::head("a", 7));
    auto status = MetricsFixture::status("a");
    for (const auto form : {updates::TopicSet::kHeadFull, updates::TopicSet::kHeadOnly}) {
        status.topic_set = form;
        fixture.publish(status);
        fixture.publish(MetricsFixture::head("a", 8));
    }
    auto polled = MetricsFixture::head("a", 9);
    polled.source = updates::HeadSource::kPoll;
    polled.timing.timeliness = updates::HeadTimeliness::kPolled;
    fixture.wall += 1h;
    fixture.publish(polled);
    const auto page = fixture.page();
    CHECK(page.find("heads_total{node=\"a\",source=\"stream\",topic=\"head_v2\"}") == 1);
    CHECK(page.find("heads_total{node=\"a\",source=\"stream\",topic=\"head\"}") == 2);
    CHECK(page.find("heads_total{node=\"a\",source=\"poll\",topic=\"none\"}") == 1);
    CHECK(page.find("node_head_slot{node=\"a\"}") == 9);
    // Whoever answers a question has told nothing by stream.
    CHECK(page.find("node_last_head_timestamp_seconds{node=\"a\"}") == 1700000000.5);
    CHECK(page.find("node_last_byte_timestamp_seconds{node=\"a\"}") == 1700000000.5);
}

TEST_CASE("a block is on time or late by its slot's deadline, and its delay is kept", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    for (const auto delay : {1900ms, 2000ms, 3999ms, 4000ms, 4001ms, 13000ms}) {
        fixture.publish(MetricsFixture::head("a", 7, delay));
    }
    const auto page = fixture.page();
    CHECK(page.find("heads_on_time_total{node=\"a\"}") == 4);
    CHECK(page.find("heads_late_total{node=\"a\"}") == 2);
    const auto bucket = [&](const std::string& edge) {
        return page.find("head_arrival_delay_seconds_bucket{node=\"a\",le=\"" + edge + "\"}");
    };
    CHECK(bucket("1.75") == 0);
    CHECK(bucket("2") == 2);
    CHECK(bucket("3") == 2);
    CHECK(bucket("4") == 4);
    CHECK(bucket("4.25") == 5);
    CHECK(bucket("12") == 5);
    CHECK(bucket("16") == 6);
    CHECK(bucket("+Inf") == 6);
    CHECK(*page.find("head_arrival_delay_seconds_sum{node=\"a\"}") == Approx(28.9));
}

TEST_CASE("a head before its slot's start lies in the bucket of zero and lowers no sum",
          "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    fixture.publish(MetricsFixture::head("a", 7, -1500ms));
    const auto page = fixture.page();
    CHECK(page.find("head_arrival_delay_seconds_bucket{node=\"a\",le=\"0\"}") == 1);
    CHECK(page.find("head_arrival_delay_seconds_sum{node=\"a\"}") == 0);
    CHECK(page.find("heads_on_time_total{node=\"a\"}") == 1);
}

TEST_CASE("only a live head that is news is timed", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    auto head = MetricsFixture::head("a", 7, 9s);
    SECTION("a repeat") {
        head.timing.is_repeat = true;
    }
    SECTION("too old") {
        head.timing.timeliness = updates::HeadTimeliness::kStale;
    }
    SECTION("catching up") {
        head.timing.timeliness = updates::HeadTimeliness::kBackfill;
    }
    SECTION("asked for") {
        head.timing.timeliness = updates::HeadTimeliness::kPolled;
        head.source = updates::HeadSource::kPoll;
    }
    fixture.publish(head);
    const auto page = fixture.page();
    CHECK(page.sum("heads_total") == 1);
    CHECK(page.find("heads_first_total{node=\"a\"}") == 0);
    CHECK(page.find("heads_on_time_total{node=\"a\"}") == 0);
    CHECK(page.find("heads_late_total{node=\"a\"}") == 0);
    CHECK(page.find("head_arrival_delay_seconds_count{node=\"a\"}") == 0);
    CHECK(page.find("head_lag_seconds_count{node=\"a\"}") == 0);
}

TEST_CASE("a payload that comes in later has a lag and no deadline", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    auto head = MetricsFixture::head("a", 7, 9s);
    head.timing.deadline.reset();
    fixture.publish(head);
    const auto page = fixture.page();
    CHECK(page.find("heads_late_total{node=\"a\"}") == 0);
    CHECK(page.find("head_arrival_delay_seconds_count{node=\"a\"}") == 0);
    CHECK(page.find("head_lag_seconds_count{node=\"a\"}") == 1);
}

TEST_CASE("who is first is counted, and how far the others are behind", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a", "b"});
    auto behind = MetricsFixture::head("b", 7);
    behind.is_first = false;
    behind.lag = 13ms;
    fixture.publish(MetricsFixture::head("a", 7));
    fixture.publish(behind);
    const auto page = fixture.page();
    CHECK(page.find("heads_first_total{node=\"a\"}") == 1);
    CHECK(page.find("heads_first_total{node=\"b\"}") == 0);
    CHECK(page.find("head_lag_seconds_bucket{node=\"a\",le=\"0.001\"}") == 1);
    CHECK(page.find("head_lag_seconds_bucket{node=\"b\",le=\"0.01\"}") == 0);
    CHECK(page.find("head_lag_seconds_bucket{node=\"b\",le=\"0.02\"}") == 1);
    CHECK(page.find("head_lag_seconds_sum{node=\"b\"}") == 0.013);
}

TEST_CASE("the status of a node is shown as it is told", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    auto status = MetricsFixture::status("a");
    status.state = updates::StreamState::kWaiting;
    status.version = "Lodestar/v1.5.1/2115aa7";
    status.last_byte = base::Instant{{}, base::WallTime{20s}};
    status.last_head = base::Instant{{}, base::WallTime{10s}};
    status.malformed = 3;
    status.ignored = 8;
    status.dropped_heads = 6;
    status.dropped_events = 4;
    status.dropped_extra_events = 5;
    status.retry_at = base::Instant{{}, base::WallTime{300s}};
    status.topic_set = updates::TopicSet::kHeadOnly;
    status.syncing = chain::SyncStatus{chain::Slot{5}, 17};
    fixture.publish(status);
    fixture.publish(status);
    const auto page = fixture.page();
    CHECK(page.find("stream_state{node=\"a\",state=\"waiting\"}") == 1);
    CHECK(page.find(
              "node_info{client=\"lodestar\",node=\"a\",version=\"Lodestar/v1.5.1/2115aa7\"}") ==
          1);
    CHECK(page.find("node_last_byte_timestamp_seconds{node=\"a\"}") == 20);
    CHECK(page.find("node_last_head_timestamp_seconds{node=\"a\"}") == 10);
    CHECK(page.find("malformed_events_total{node=\"a\"}") == 3);
    CHECK(page.find("ignored_events_total{node=\"a\"}") == 8);
    CHECK(page.find("dropped_heads_total{node=\"a\"}") == 6);
    CHECK(page.find("dropped_events_total{node=\"a\"}") == 9);
    CHECK(page.find("node_stream_retry_timestamp_seconds{node=\"a\"}") == 300);
    CHECK(page.find("node_topic_set{node=\"a\",set=\"head_only\"}") == 1);
    CHECK(page.find("node_network_check{node=\"a\",result=\"match\"}") == 1);
    CHECK(page.find("node_sync_distance_slots{node=\"a\"}") == 17);
    CHECK(page.find("node_health{node=\"a\"}") == 0);
    CHECK(page.sum("node_issue") == 0);
    status.malformed = 5;
    status.retry_at.reset();
    fixture.publish(status);
    CHECK(fixture.page().sum("node_stream_retry_timestamp_seconds") == 0);
    CHECK(fixture.find("malformed_events_total{node=\"a\"}") == 5);
}

TEST_CASE("what is wrong with a node is shown until it is right again", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    fixture.publish(MetricsFixture::status("a"));
    fixture.publish_behind("a", true);
    CHECK(fixture.find("node_issue{issue=\"behind\",node=\"a\"}") == 1);
    CHECK(fixture.find("node_health{node=\"a\"}") == 1);
    fixture.publish(updates::StreamBuffered{kA, true});
    fixture.lose("a", updates::StreamEndReason::kReset);
    auto page = fixture.page();
    CHECK(page.find("node_issue{issue=\"buffered\",node=\"a\"}") == 1);
    CHECK(page.find("node_issue{issue=\"no_stream\",node=\"a\"}") == 1);
    CHECK(page.find("node_health{node=\"a\"}") == 2);
    fixture.publish_behind("a", false);
    fixture.publish(updates::StreamBuffered{kA, false});
    fixture.publish(updates::StreamOpened{kA, true});
    page = fixture.page();
    CHECK(page.sum("node_issue") == 0);
    CHECK(page.find("node_health{node=\"a\"}") == 0);
}

TEST_CASE("a slot whose block others told is missed by the node that told nothing of it",
          "[metrics]") {
    MetricsFixture fixture;
    fixture.learn_slot_time();
    fixture.wall = base::WallTime{84s};  // Slot 7 begins.
    fixture.follow({"a", "b", "c"});
    fixture.publish(MetricsFixture::head("a", 7));
    auto polled = MetricsFixture::head("c", 7);
    polled.source = updates::HeadSource::kPoll;
    fixture.publish(polled);
    SECTION("seen") {
        fixture.judge(7, updates::Verdict::kOnTime);
    }
    SECTION("late") {
        fixture.judge(7, updates::Verdict::kLate);
    }
    const auto page = fixture.page();
    CHECK(page.find("unreported_slots_total{node=\"a\"}") == 0);
    CHECK(page.find("unreported_slots_total{node=\"b\"}") == 1);
    CHECK(page.find("unreported_slots_total{node=\"c\"}") == 1);
}

TEST_CASE("a slot without a verified block is missed by no node", "[metrics]") {
    MetricsFixture fixture;
    fixture.learn_slot_time();
    fixture.follow({"a"});
    fixture.judge(7, updates::Verdict::kMissed);
    fixture.judge(8, updates::Verdict::kUnknown);
    fixture.judge(9, updates::Verdict::kOptimistic);
    CHECK(fixture.find("unreported_slots_total{node=\"a\"}") == 0);
}

TEST_CASE("a node misses nothing of the slot in which it came into the list", "[metrics]") {
    MetricsFixture fixture;
    fixture.learn_slot_time();
    fixture.wall = base::WallTime{84s + 1ms};
    fixture.follow({"a"});
    fixture.judge(7, updates::Verdict::kOnTime);
    CHECK(fixture.find("unreported_slots_total{node=\"a\"}") == 0);
    fixture.judge(8, updates::Verdict::kOnTime);
    CHECK(fixture.find("unreported_slots_total{node=\"a\"}") == 1);
    // Staying in the list is not coming into it.
    fixture.wall = base::WallTime{200s};
    fixture.follow({"a"});
    fixture.judge(9, updates::Verdict::kOnTime);
    CHECK(fixture.find("unreported_slots_total{node=\"a\"}") == 2);
}

TEST_CASE("a slot is known when it is judged, whatever else the node told meanwhile", "[metrics]") {
    MetricsFixture fixture;
    fixture.learn_slot_time();
    fixture.follow({"a"});
    for (const std::uint64_t slot : {7U, 8U, 8U, 8U, 6U, 7U, 8U}) {
        fixture.publish(MetricsFixture::head("a", slot));
    }
    fixture.publish(MetricsFixture::head("a", 18'446'744'073'709'551'615U));
    fixture.judge(7, updates::Verdict::kOnTime);
    fixture.judge(8, updates::Verdict::kOnTime);
    CHECK(fixture.find("unreported_slots_total{node=\"a\"}") == 0);
}

TEST_CASE("whether a node's REST API is asked, and how long it is left alone", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    CHECK(fixture.page().find("node_rest_breaker{node=\"a\",state=\"closed\"}") == 1);
    CHECK(fixture.page().find("node_rest_wait_seconds{node=\"a\"}") == 0);
    auto status = MetricsFixture::status("a");
    status.breaker = updates::BreakerState::kRetryAfter;
    status.rest_retry_after = 90s;
    fixture.publish(status);
    CHECK(fixture.page().find("node_rest_breaker{node=\"a\",state=\"retry_after\"}") == 1);
    CHECK(fixture.page().find("node_rest_breaker{node=\"a\",state=\"closed\"}") == 0);
    CHECK(fixture.page().find("node_rest_wait_seconds{node=\"a\"}") == 90);
}

TEST_CASE("what a node tells no more has no number", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    auto status = MetricsFixture::status("a");
    status.syncing.emplace().is_syncing = true;
    status.syncing->sync_distance = 7;
    fixture.publish(status);
    CHECK(fixture.page().find("node_sync_distance_slots{node=\"a\"}") == 7);
    status.is_sync_current = false;
    fixture.publish(status);
    CHECK_FALSE(fixture.page().find("node_sync_distance_slots{node=\"a\"}").has_value());
    CHECK(fixture.page().find("node_issue{issue=\"syncing\",node=\"a\"}") == 1);
}

TEST_CASE("another node under the same name has the counters and nothing else", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    fixture.publish(MetricsFixture::status("a"));
    fixture.publish(MetricsFixture::head("a", 5));
    fixture.lose("a", updates::StreamEndReason::kReset);
    updates::RunStarted started{{updates::NodeId{"a"}}, {updates::NodeId{"a"}}};
    fixture.publish(started);
    CHECK_FALSE(fixture.page().find("node_head_slot{node=\"a\"}").has_value());
    CHECK(fixture.page().find("node_network_check{node=\"a\",result=\"unchecked\"}") == 1);
    CHECK(fixture.page().find("stream_disconnections_total{node=\"a\",reason=\"reset\"}") == 1);
}
