// What is told of all nodes and of headmon itself.
#include <catch2/catch.hpp>

#include "tests/metrics/metrics_fixture.hpp"
#include "updates/snapshot.hpp"
#include "updates/update.hpp"

using tests::MetricsFixture;
using updates::NodeId;
using namespace std::chrono_literals;

TEST_CASE("without a word of the nodes the page tells of headmon alone", "[metrics]") {
    MetricsFixture fixture;
    const auto page = fixture.page();
    CHECK(page.sum("build_info{compiler=\"g++ ") == 1);
    CHECK(page.samples().begin()->first.find("1.2.3") != std::string::npos);
    CHECK(page.find("start_timestamp_seconds") == 1000);
    CHECK(page.find("restarts_total{reason=\"gave_up\"}") == 0);
    CHECK(page.find("split_active") == 0);
    CHECK(page.find("clock_skew{level=\"none\"}") == 1);
    CHECK_FALSE(page.find("clock_offset_seconds"));
    CHECK_FALSE(page.find("best_head_slot"));
    CHECK_FALSE(page.find("slot_duration_seconds"));
    for (const auto& [sample, value] : page.samples()) {
        CHECK(sample.find("node=") == std::string::npos);
    }
}

TEST_CASE("the monitor starts anew for one of four reasons", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    SECTION("the list changed") {
        fixture.publish(updates::RunEnded{updates::RunEndReason::kListChanged, ""});
        fixture.service_ends("monitor", updates::ServiceEndReason::kCompleted);
        CHECK(fixture.find("restarts_total{reason=\"list_changed\"}") == 1);
        CHECK(fixture.find("service_restarts_total{reason=\"completed\",service=\"monitor\"}") ==
              1);
    }
    SECTION("it gave up") {
        fixture.publish(updates::RunEnded{updates::RunEndReason::kGaveUp, ""});
        CHECK(fixture.find("give_ups_total") == 1);
        fixture.service_ends("monitor", updates::ServiceEndReason::kFailed);
        CHECK(fixture.find("restarts_total{reason=\"gave_up\"}") == 1);
    }
    SECTION("it was ill") {
        fixture.publish(updates::RunEnded{updates::RunEndReason::kClosed, ""});
        const auto end =
            GENERATE(updates::ServiceEndReason::kUnhealthy, updates::ServiceEndReason::kTimeout);
        fixture.service_ends("monitor", end);
        CHECK(fixture.find("restarts_total{reason=\"unhealthy\"}") == 1);
    }
    SECTION("it failed, and no reason of an earlier run is its own") {
        fixture.publish(updates::RunEnded{updates::RunEndReason::kGaveUp, ""});
        fixture.follow({"a"});
        fixture.service_ends("monitor", updates::ServiceEndReason::kFailed);
        CHECK(fixture.find("restarts_total{reason=\"failed\"}") == 1);
    }
    CHECK(fixture.page().sum("restarts_total") == 1);
    CHECK(fixture.page().sum("service_restarts_total") == 1);
    CHECK(fixture.find("give_ups_total").value() <= 1);
}

TEST_CASE("another service's restart is none of the monitor's", "[metrics]") {
    MetricsFixture fixture;
    fixture.service_ends("web/metrics", updates::ServiceEndReason::kFailed);
    CHECK(fixture.find("service_restarts_total{reason=\"failed\",service=\"web/metrics\"}") == 1);
    CHECK(fixture.page().sum("restarts_total") == 0);
    CHECK(fixture.find("service_down{service=\"web/metrics\"}") == 0);
}

TEST_CASE("a service that is not started again is down", "[metrics]") {
    MetricsFixture fixture;
    fixture.service_ends("web/metrics", updates::ServiceEndReason::kFailed, false);
    CHECK(fixture.find("service_down{service=\"web/metrics\"}") == 1);
    CHECK(fixture.find("service_down{service=\"monitor\"}") == 0);
    CHECK(fixture.page().sum("service_restarts_total") == 0);
}

TEST_CASE("verdicts count by what they say", "[metrics]") {
    MetricsFixture fixture;
    fixture.judge(1, updates::Verdict::kOnTime);
    fixture.judge(2, updates::Verdict::kOnTime);
    fixture.judge(3, updates::Verdict::kLate);
    fixture.judge(4, updates::Verdict::kMissed);
    fixture.judge(5, updates::Verdict::kOptimistic);
    fixture.judge(6, updates::Verdict::kUnknown);
    const auto page = fixture.page();
    CHECK(page.find("slot_verdicts_total{verdict=\"on_time\"}") == 2);
    CHECK(page.find("slot_verdicts_total{verdict=\"late\"}") == 1);
    CHECK(page.find("slot_verdicts_total{verdict=\"missed\"}") == 1);
    CHECK(page.find("slot_verdicts_total{verdict=\"optimistic\"}") == 1);
    CHECK(page.find("slot_verdicts_total{verdict=\"unknown\"}") == 1);
}

TEST_CASE("the deadline is that of the last slot that was judged", "[metrics]") {
    MetricsFixture fixture;
    CHECK_FALSE(fixture.find("attestation_deadline_seconds"));
    updates::SlotVerdict verdict;
    for (const auto due : {4s, 3s}) {
        verdict.deadline.after_start = due;
        fixture.publish(verdict);
    }
    CHECK(fixture.find("attestation_deadline_seconds") == 3);
}

TEST_CASE("reorgs count by depth, certainty and source", "[metrics]") {
    MetricsFixture fixture;
    using updates::Certainty;
    updates::Reorg reorg;
    const auto publish = [&](std::uint64_t depth, Certainty certainty, bool by_node) {
        reorg.depth = depth;
        reorg.certainty = certainty;
        reorg.reported_by = by_node ? std::optional{updates::NodeId{"a"}} : std::nullopt;
        fixture.publish(reorg);
    };
    publish(1, Certainty::kUnconfirmed, true);
    publish(1, Certainty::kConfirmed, true);
    publish(3, Certainty::kConfirmed, false);
    publish(4, Certainty::kConfirmed, false);
    publish(18'446'744'073'709'551'615U, Certainty::kConfirmed, false);
    publish(0, Certainty::kRefuted, true);
    const auto page = fixture.page();
    const auto count = [&](const std::string& certainty, const std::string& depth,
                           const std::string& source) {
        return page.find("reorgs_total{certainty=\"" + certainty + "\",depth=\"" + depth +
                         "\",source=\"" + source + "\"}");
    };
    CHECK(count("unconfirmed", "1", "node") == 1);
    CHECK(count("confirmed", "1", "node") == 1);
    CHECK(count("confirmed", "3", "best_head") == 1);
    CHECK(count("confirmed", "4+", "best_head") == 2);
    CHECK(count("refuted", "0", "node") == 1);
    CHECK(page.sum("reorgs_total") == 6);
}

TEST_CASE("a split is on from the first word of it to the last, and counts once", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a", "b", "c", "d"});
    updates::HeadSplit split;
    const auto branch = [](std::initializer_list<const char*> names) {
        updates::HeadSplit::Branch made;
        for (const char* name : names) {
            made.nodes.emplace_back(name);
        }
        return made;
    };
    split.branches = {branch({"a", "b"}), branch({"c"})};
    fixture.publish(split);
    auto page = fixture.page();
    CHECK(page.find("split_active") == 1);
    CHECK(page.find("split_branches") == 2);
    CHECK(page.find("node_split_branch{node=\"a\"}") == 1);
    CHECK(page.find("node_split_branch{node=\"b\"}") == 1);
    CHECK(page.find("node_split_branch{node=\"c\"}") == 2);
    CHECK(page.find("node_split_branch{node=\"d\"}") == 0);

    split.branches = {branch({"a"}), branch({"c"}), branch({"d", "nobody"})};
    fixture.publish(split);
    page = fixture.page();
    CHECK(page.find("split_branches") == 3);
    CHECK(page.find("node_split_branch{node=\"b\"}") == 0);
    CHECK(page.find("node_split_branch{node=\"d\"}") == 3);
    CHECK(page.find("splits_total") == 1);

    split.branches.clear();
    split.is_over = true;
    fixture.publish(split);
    page = fixture.page();
    CHECK(page.find("split_active") == 0);
    CHECK(page.find("split_branches") == 0);
    CHECK(page.sum("node_split_branch") == 0);

    split.is_over = false;
    fixture.publish(split);
    CHECK(fixture.find("splits_total") == 2);
}

TEST_CASE("failed cycles in a row start anew with a stream, a head or a run", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    fixture.publish(updates::CycleFailed{3, 5});
    CHECK(fixture.find("consecutive_failed_cycles") == 3);
    SECTION("a stream") {
        fixture.publish(updates::StreamOpened{updates::NodeId{"a"}, true});
    }
    SECTION("a head") {
        fixture.publish(MetricsFixture::head("a", 7));
    }
    SECTION("a run") {
        fixture.follow({"a"});
    }
    CHECK(fixture.find("consecutive_failed_cycles") == 0);
}

TEST_CASE("slot time and the best head are there when they are known", "[metrics]") {
    MetricsFixture fixture;
    fixture.publish(updates::SlotTime{chain::SlotClock{base::WallTime{1606824023s}, 12500ms},
                                      updates::SlotTimeSource::kNode, std::nullopt});
    fixture.publish(updates::BestHead{updates::NodeId{"a"}, tests::head(12345678, 1)});
    const auto page = fixture.page();
    CHECK(page.find("genesis_timestamp_seconds") == 1606824023);
    CHECK(page.find("slot_duration_seconds") == 12.5);
    CHECK(page.find("best_head_slot") == 12345678);
}

TEST_CASE("doubt of the clock is told with its level, and the kernel's word where there is one",
          "[metrics]") {
    MetricsFixture fixture;
    updates::ClockSkew doubt{updates::ClockSkew::Level::kSkewed, -2500ms, 500ms, false};
    fixture.publish(doubt);
    auto page = fixture.page();
    CHECK(page.find("clock_skew{level=\"skewed\"}") == 1);
    CHECK(page.sum("clock_skew") == 1);
    CHECK(page.find("clock_offset_seconds") == -2.5);
    CHECK(page.find("clock_uncertainty_seconds") == 0.5);
    CHECK(page.find("clock_kernel_synchronised") == 0);
    doubt.level = updates::ClockSkew::Level::kNone;
    doubt.kernel_synchronised.reset();
    fixture.publish(doubt);
    page = fixture.page();
    CHECK(page.find("clock_skew{level=\"none\"}") == 1);
    CHECK(page.sum("clock_skew") == 1);
    CHECK_FALSE(page.find("clock_kernel_synchronised"));
    // What nobody shows any more must not look like none.
    fixture.publish(updates::ClockSkew{updates::ClockSkew::Level::kSkewed, {}, {}, false});
    CHECK_FALSE(fixture.page().find("clock_offset_seconds"));
    CHECK_FALSE(fixture.page().find("clock_uncertainty_seconds"));
}

TEST_CASE("what the clock is worth is shown without doubt too, as it stands", "[metrics]") {
    MetricsFixture fixture;
    fixture.publish(updates::ClockSkew{{}, 250ms, 500ms, true});
    const auto page = fixture.page();
    CHECK(page.find("clock_skew{level=\"none\"}") == 1);
    CHECK(page.find("clock_offset_seconds") == 0.25);
    CHECK(page.find("clock_uncertainty_seconds") == 0.5);
    CHECK(page.find("clock_kernel_synchronised") == 1);
}

TEST_CASE("what is counted elsewhere is read when somebody looks", "[metrics]") {
    MetricsFixture fixture;
    metrics::Readings readings;
    readings.loop_handlers = 10;
    readings.http_client_wake_ups = 20;
    readings.http_client_limits_met = {21, 22};
    readings.log_lines_dropped = 30;
    readings.recording = metrics::RecordingReading{31, 32, 33, 34};
    readings.history = metrics::HistoryReading{
        41, 42, 43, base::WallTime{std::chrono::milliseconds{44'500}}, 45, 46, 47, 48};
    readings.fleet = metrics::FleetReading{true, 51, 52, 53, 54, 55};
    readings.subscribers.deepest = 5;
    readings.subscribers.dropped = 6;
    readings.servers = {{"metrics", http::LimitsMet{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}},
                        {"another", http::LimitsMet{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}}};
    (void)fixture.page(readings);
    readings.loop_handlers = 15;
    readings.subscribers.deepest = 2;
    const auto page = fixture.page(readings);
    CHECK(page.find("loop_handlers_total") == 15);
    CHECK(page.find("http_client_wake_ups_total") == 20);
    CHECK(page.find("http_client_paused_reads_total") == 21);
    CHECK(page.find("http_client_delayed_requests_total") == 22);
    CHECK(page.find("log_lines_dropped_total") == 30);
    CHECK(page.find("recording_lost_entries_total") == 31);
    CHECK(page.find("recording_written_bytes_total") == 32);
    CHECK(page.find("recording_write_failures_total") == 33);
    CHECK(page.find("recording_bytes") == 34);
    CHECK(page.find("history_batches_total") == 41);
    CHECK(page.find("history_updates_total") == 42);
    CHECK(page.find("history_write_failures_total") == 43);
    CHECK(page.find("history_last_written_timestamp_seconds") == 44.5);
    CHECK(page.find("history_file_bytes") == 45);
    CHECK(page.find("history_rows_deleted_total") == 46);
    CHECK(page.find("history_retention_failures_total") == 47);
    CHECK(page.find("history_read_timeouts_total") == 48);
    CHECK(page.find("fleet_connected") == 1);
    CHECK(page.find("fleet_published_updates_total") == 51);
    CHECK(page.find("fleet_duplicate_updates_total") == 52);
    CHECK(page.find("fleet_failures_total") == 53);
    CHECK(page.find("fleet_lost_updates_total") == 54);
    CHECK(page.find("fleet_waiting_updates") == 55);
    CHECK(page.find("subscriber_queue_updates") == 2);
    CHECK(page.find("subscriber_dropped_updates_total") == 6);
    const auto met = [&](const std::string& limit) {
        return page.find("limits_met_total{limit=\"" + limit + "\",server=\"metrics\"}");
    };
    CHECK(met("connections") == 1);
    CHECK(met("made_room") == 2);
    CHECK(met("header_bytes") == 3);
    CHECK(met("body_bytes") == 4);
    CHECK(met("idle_time") == 5);
    CHECK(met("request_time") == 6);
    CHECK(met("write_time") == 7);
    CHECK(met("streams") == 8);
    CHECK(met("lost_events") == 9);
    CHECK(met("host") == 10);
    CHECK(met("answer_bytes") == 11);
    CHECK(met("token") == 12);
    CHECK(met("changes") == 13);
    CHECK(met("names") == 14);
}

TEST_CASE("what is not known of the history is absent, and all of it where there is none",
          "[metrics]") {
    MetricsFixture fixture;
    CHECK(fixture.find("history_batches_total") == 0);
    metrics::Readings readings;
    readings.history.emplace();
    const auto page = fixture.page(readings);
    CHECK(page.find("history_write_failures_total") == 0);
    CHECK_FALSE(page.find("history_last_written_timestamp_seconds").has_value());
    CHECK_FALSE(page.find("history_file_bytes").has_value());
    metrics::Collector without{{}};
    without.read(readings);
    CHECK_THAT(without.text(), !Catch::Contains("history_"));
    CHECK_THAT(without.text(), !Catch::Contains("recording_"));
}

TEST_CASE("the collector hears updates, and makes nothing of a snapshot", "[metrics]") {
    MetricsFixture fixture;
    fixture.collector->hear(updates::Snapshot{});
    updates::RunStarted started;
    started.nodes.emplace_back("a");
    fixture.collector->hear(std::make_shared<const updates::Update>(updates::Update{started, {}}));
    CHECK(fixture.find("node_health{node=\"a\"}").has_value());
}
