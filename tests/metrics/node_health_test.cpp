#include "metrics/node_health.hpp"

#include <functional>

#include <catch2/catch.hpp>

#include "tests/metrics/bench.hpp"

using metrics::NodeHealth;
using metrics::Problem;
using monitor::NodeStatus;

TEST_CASE("each problem of a node comes from one fact and has its weight", "[metrics]") {
    using Standing = monitor::NetworkGuard::Standing;
    const auto with_sync = [](NodeStatus& status) -> beacon_api::Syncing& {
        return status.syncing.emplace();
    };
    struct Row {
        Problem problem;
        NodeHealth health;
        std::function<void(NodeStatus&)> spoil;
    };
    const std::vector<Row> rows{
        {Problem::kNoStream, NodeHealth::kUnusable,
         [](NodeStatus& s) { s.state = monitor::StreamState::kEnded; }},
        {Problem::kNoStream, NodeHealth::kUnusable,
         [](NodeStatus& s) { s.state = monitor::StreamState::kConnecting; }},
        {Problem::kSilent, NodeHealth::kUnusable, [](NodeStatus& s) { s.is_silent = true; }},
        {Problem::kStalled, NodeHealth::kUnusable, [](NodeStatus& s) { s.is_stalled = true; }},
        {Problem::kWrongNetwork, NodeHealth::kUnusable,
         [](NodeStatus& s) { s.network = Standing::kWrong; }},
        {Problem::kUncheckedNetwork, NodeHealth::kUnusable,
         [](NodeStatus& s) { s.network = Standing::kUnchecked; }},
        {Problem::kSyncing, NodeHealth::kUnusable,
         [&](NodeStatus& s) { with_sync(s).is_syncing = true; }},
        {Problem::kElOffline, NodeHealth::kUnusable,
         [&](NodeStatus& s) { with_sync(s).el_offline = true; }},
        {Problem::kOptimistic, NodeHealth::kDegraded,
         [&](NodeStatus& s) { with_sync(s).is_optimistic = true; }},
        {Problem::kBehind, NodeHealth::kDegraded, [](NodeStatus& s) { s.is_behind = true; }},
        {Problem::kBuffered, NodeHealth::kDegraded, [](NodeStatus& s) { s.is_buffered = true; }},
        {Problem::kRestDown, NodeHealth::kDegraded,
         [](NodeStatus& s) { s.breaker = monitor::CircuitBreaker::State::kOpen; }},
        {Problem::kRestDown, NodeHealth::kDegraded,
         [](NodeStatus& s) { s.breaker = monitor::CircuitBreaker::State::kHalfOpen; }},
    };
    for (const Row& row : rows) {
        INFO(to_string(row.problem));
        auto status = tests::MetricsBench::status("a");
        row.spoil(status);
        const auto problems = metrics::find_problems(status);
        CHECK(problems.count() == 1);
        CHECK(problems.test(static_cast<std::size_t>(row.problem)));
        CHECK((metrics::judge(problems) == row.health));
    }
}

TEST_CASE("a node that follows the head, or waits for its first byte, has no problem",
          "[metrics]") {
    auto status = tests::MetricsBench::status("a");
    status.syncing.emplace();
    CHECK(metrics::find_problems(status).none());
    status.state = monitor::StreamState::kWaiting;
    CHECK(metrics::find_problems(status).none());
    CHECK((metrics::judge({}) == NodeHealth::kGood));
}

TEST_CASE("of several problems the gravest decides", "[metrics]") {
    auto status = tests::MetricsBench::status("a");
    status.is_behind = true;
    status.is_buffered = true;
    CHECK((metrics::judge(metrics::find_problems(status)) == NodeHealth::kDegraded));
    status.is_silent = true;
    CHECK((metrics::judge(metrics::find_problems(status)) == NodeHealth::kUnusable));
}
