#include "updates/node_health.hpp"

#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/metrics/metrics_fixture.hpp"
#include "tests/support/loop.hpp"
#include "updates/node_status.hpp"

namespace node_health_test {

using updates::NodeHealth;
using updates::NodeIssue;
using updates::NodeStatus;

namespace {

/// An issue, its weight, and the fact that it comes from.
struct Row {
    NodeIssue issue;
    NodeHealth health;
    std::function<void(NodeStatus&)> spoil;
};

std::vector<Row> every_issue() {
    using updates::RestQuestion;
    const auto with_sync = [](NodeStatus& status) -> chain::SyncStatus& {
        return status.syncing.emplace();
    };
    const auto unanswered = [](RestQuestion question) {
        return [question](NodeStatus& s) { s.unanswered = {{question, "status 403", 3}}; };
    };
    return {
        {NodeIssue::kNoStream, NodeHealth::kUnusable,
         [](NodeStatus& s) { s.state = updates::StreamState::kEnded; }},
        {NodeIssue::kNoStream, NodeHealth::kUnusable,
         [](NodeStatus& s) { s.state = updates::StreamState::kConnecting; }},
        {NodeIssue::kSilent, NodeHealth::kUnusable, [](NodeStatus& s) { s.is_silent = true; }},
        {NodeIssue::kStalled, NodeHealth::kUnusable, [](NodeStatus& s) { s.is_stalled = true; }},
        {NodeIssue::kWrongNetwork, NodeHealth::kUnusable,
         [](NodeStatus& s) { s.network_check = updates::NetworkCheck::kMismatch; }},
        {NodeIssue::kUncheckedNetwork, NodeHealth::kUnusable,
         [](NodeStatus& s) { s.network_check = updates::NetworkCheck::kUnchecked; }},
        {NodeIssue::kNetworkDisputed, NodeHealth::kUnusable,
         [](NodeStatus& s) { s.network_check = updates::NetworkCheck::kDisputed; }},
        {NodeIssue::kSyncing, NodeHealth::kUnusable,
         [=](NodeStatus& s) { with_sync(s).is_syncing = true; }},
        {NodeIssue::kElOffline, NodeHealth::kDegraded,
         [=](NodeStatus& s) { with_sync(s).el_offline = true; }},
        {NodeIssue::kOptimistic, NodeHealth::kUnusable,
         [=](NodeStatus& s) { with_sync(s).is_optimistic = true; }},
        {NodeIssue::kOptimistic, NodeHealth::kUnusable,
         [](NodeStatus& s) { s.is_head_optimistic = true; }},
        {NodeIssue::kBehind, NodeHealth::kDegraded, [](NodeStatus& s) { s.is_behind = true; }},
        {NodeIssue::kLagging, NodeHealth::kDegraded, [](NodeStatus& s) { s.is_lagging = true; }},
        {NodeIssue::kBuffered, NodeHealth::kDegraded, [](NodeStatus& s) { s.is_buffered = true; }},
        {NodeIssue::kRestDown, NodeHealth::kDegraded,
         [](NodeStatus& s) { s.breaker = updates::BreakerState::kOpen; }},
        {NodeIssue::kRestDown, NodeHealth::kDegraded,
         [](NodeStatus& s) { s.breaker = updates::BreakerState::kHalfOpen; }},
        {NodeIssue::kRestDown, NodeHealth::kDegraded,
         [](NodeStatus& s) {
             for (const auto question : updates::kRestQuestions) {
                 s.unanswered.push_back({question, "status 404", 3});
             }
         }},
        {NodeIssue::kGenesisUnknown, NodeHealth::kDegraded, unanswered(RestQuestion::kGenesis)},
        {NodeIssue::kSpecUnknown, NodeHealth::kDegraded, unanswered(RestQuestion::kSpec)},
        {NodeIssue::kVersionUnknown, NodeHealth::kDegraded, unanswered(RestQuestion::kVersion)},
        {NodeIssue::kSyncUnknown, NodeHealth::kDegraded, unanswered(RestQuestion::kSyncing)},
        {NodeIssue::kHeadUnknown, NodeHealth::kDegraded, unanswered(RestQuestion::kHead)},
        {NodeIssue::kHeaderUnknown, NodeHealth::kDegraded, unanswered(RestQuestion::kHeader)},
        {NodeIssue::kUnproven, NodeHealth::kUnusable, [](NodeStatus& s) { s.is_unproven = true; }},
        {NodeIssue::kHeadOld, NodeHealth::kDegraded, [](NodeStatus& s) { s.is_head_old = true; }},
        {NodeIssue::kNodeClockOff, NodeHealth::kDegraded,
         [](NodeStatus& s) { s.is_clock_off = true; }},
    };
}

}  // namespace

TEST_CASE("each issue of a node comes from one fact and has its weight", "[metrics]") {
    for (const Row& row : every_issue()) {
        INFO(to_string(row.issue));
        auto status = tests::MetricsFixture::status("a");
        row.spoil(status);
        const auto issues = updates::find_issues(status);
        CHECK(issues.count() == 1);
        CHECK(issues.test(static_cast<std::size_t>(row.issue)));
        CHECK((updates::assess(issues) == row.health));
    }
}

TEST_CASE("a node that follows the head, or waits for its first byte, has no issue", "[metrics]") {
    auto status = tests::MetricsFixture::status("a");
    status.syncing.emplace();
    CHECK(updates::find_issues(status).none());
    status.state = updates::StreamState::kWaiting;
    CHECK(updates::find_issues(status).none());
    CHECK((updates::assess({}) == NodeHealth::kGood));
}

TEST_CASE("what the check of the network says already is no second issue", "[updates]") {
    auto status = tests::MetricsFixture::status("a");
    status.unanswered = {{updates::RestQuestion::kGenesis, "status 403", 3},
                         {updates::RestQuestion::kSpec, "status 403", 3}};
    CHECK(updates::find_issues(status).count() == 2);
    status.network_check = updates::NetworkCheck::kUnchecked;
    CHECK(updates::find_issues(status).count() == 1);
    status.network_check = updates::NetworkCheck::kOff;
    CHECK(updates::find_issues(status).none());
}

TEST_CASE("a Retry-After alone is no issue before something is unknown by it", "[updates]") {
    auto status = tests::MetricsFixture::status("a");
    status.breaker = updates::BreakerState::kRetryAfter;
    CHECK(updates::find_issues(status).none());
}

TEST_CASE("of several issues the gravest decides", "[metrics]") {
    auto status = tests::MetricsFixture::status("a");
    status.is_behind = true;
    status.is_buffered = true;
    CHECK((updates::assess(updates::find_issues(status)) == NodeHealth::kDegraded));
    status.is_silent = true;
    CHECK((updates::assess(updates::find_issues(status)) == NodeHealth::kUnusable));
}

TEST_CASE("the page on health has a row for each issue, as the table of the code has it",
          "[updates]") {
    std::istringstream page{tests::fixture("../docs/health.md")};
    std::vector<std::string> rows;
    bool is_in_table = false;
    for (std::string line; std::getline(page, line);) {
        is_in_table = line.starts_with("| issue |") || (is_in_table && line.starts_with("|"));
        if (is_in_table && line.starts_with("| `")) {
            rows.push_back(line);
        }
    }
    REQUIRE(rows.size() == updates::kNodeIssues.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const NodeIssue issue = updates::kNodeIssues[i];
        std::string expected = "| `" + std::string{to_string(issue)} + "`";
        for (const std::string_view cell : {to_string(updates::severity(issue)),
                                            updates::summary(issue), updates::advice(issue)}) {
            expected += " | " + std::string{cell};
        }
        CHECK(rows[i] == expected + " |");
    }
}

TEST_CASE("an issue's label leaves room for the other columns of a table", "[updates]") {
    for (const NodeIssue issue : updates::kNodeIssues) {
        CHECK_FALSE(updates::label(issue).empty());
        CHECK(updates::label(issue).size() <= std::string_view{"network unchecked"}.size());
    }
}

}  // namespace node_health_test
