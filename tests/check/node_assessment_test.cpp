#include <functional>

#include <catch2/catch.hpp>

#include "chain/network.hpp"
#include "chain/slot.hpp"
#include "check/node_issues.hpp"
#include "tests/check/report_fixture.hpp"

using namespace tests;
using check::Severity;

TEST_CASE("a node that nobody reaches is reported once, with its reason", "[check]") {
    const auto assessment = assessed(unreachable_node());
    REQUIRE(findings(assessment.findings) == Words{"unreachable:unusable"});
    CHECK(assessment.findings[0].problem ==
          "it accepts no connection (connect_failed: Connection refused)");
    CHECK(assessment.findings[0].advice.find("start the beacon node") == 0);
}

TEST_CASE("a status says what to do", "[check]") {
    struct Case {
        int status;
        std::string_view advice;
    };
    const auto [status, advice] = GENERATE(values<Case>({
        {401, "check the key"},
        {403, "check the key"},
        {404, "check the URL: it ends before /eth/v1, a path prefix belongs to it"},
        {429, "raise the node's or the provider's limit"},
        {500, "see its log for it"},
        {502, "start the node, see its log, and the upstream of any proxy"},
        {503, "see its log for it"},
    }));
    auto report = failed_node(
        {base::ErrorCode::kHttpStatus, status},
        {updates::StreamEndReason::kHttpStatus, "status " + std::to_string(status), status});
    report.exchanges = {exchange()};
    const auto assessment = assessed(report);
    REQUIRE(findings(assessment.findings) == Words{"rest_failed:unusable"});
    CHECK(assessment.findings[0].problem.find("(status " + std::to_string(status) + ")") !=
          std::string::npos);
    CHECK(assessment.findings[0].advice.find(advice) == 0);
}

TEST_CASE("a node that answers is not to be started, whatever becomes of its stream", "[check]") {
    using updates::StreamEndReason;
    for (const auto& end :
         {monitor::StreamEnd{StreamEndReason::kHttpStatus, "status 500: out of memory", 500},
          monitor::StreamEnd{StreamEndReason::kHttpStatus, "status 502", 502},
          monitor::StreamEnd{StreamEndReason::kHttpStatus, "status 503: busy", 503},
          monitor::StreamEnd{StreamEndReason::kConnectFailed, "Connection refused"},
          monitor::StreamEnd{StreamEndReason::kConnectTimeout, "timed out"}}) {
        INFO(end.detail);
        NodeReport report = good_node();
        for (TopicProbe& probe : report.topic_probes) {
            probe = {probe.topic_set, TopicProbe::State::kFailed, {}, end};
        }
        const auto assessment = assessed(report);
        REQUIRE(findings(assessment.findings) == Words{"no_stream:unusable"});
        CHECK(assessment.findings[0].problem.find(end.detail) != std::string::npos);
        CHECK(assessment.findings[0].advice.find("start the") == std::string::npos);
    }
    NodeReport report = good_node();
    report.syncing.result = beacon_api::RequestError{base::ErrorCode::kHttpStatus, 502};
    CHECK(assessed(report).findings[0].advice.find("start the") == std::string::npos);
}

TEST_CASE("what a node gives as its reason is reported with the status", "[check]") {
    auto report = failed_node({base::ErrorCode::kHttpStatus, 503, {}, "database is locked"}, {});
    report.exchanges = {exchange()};
    CHECK(assessed(report).findings[0].problem ==
          "it reports a failure (status 503: database is locked)");
}

TEST_CASE("a node whose stream works and whose REST does not cannot be checked for its network",
          "[check]") {
    auto report =
        failed_node({base::ErrorCode::kDeadline, 0, {}, "no complete answer within 5000 ms"}, {});
    report.topic_probes[0].state = TopicProbe::State::kAccepted;
    CHECK(findings(assessed(report).findings) ==
          Words{"unchecked_network:unusable", "rest_down:degraded"});
}

TEST_CASE("each REST answer that is missing is reported by itself", "[check]") {
    const beacon_api::RequestError gone{base::ErrorCode::kHttpStatus, 404};
    NodeReport report = good_node();
    SECTION("the version") {
        report.version.result = gone;
        CHECK(findings(assessed(report).findings) == Words{"version_unknown:degraded"});
    }
    SECTION("the sync state") {
        report.syncing.result = gone;
        CHECK(findings(assessed(report).findings) == Words{"sync_unknown:degraded"});
    }
    SECTION("the head") {
        report.head.result = gone;
        CHECK(findings(assessed(report).findings) == Words{"head_unknown:degraded"});
    }
    SECTION("the genesis") {
        report.genesis.result = gone;
        CHECK(findings(assessed(report).findings) == Words{"unchecked_network:unusable"});
    }
    SECTION("the spec") {
        report.spec.result = gone;
        CHECK(findings(assessed(report).findings) == Words{"unchecked_network:unusable"});
    }
}

TEST_CASE("an answer that no chain can have leaves the network unchecked", "[check]") {
    NodeReport report = good_node();
    report.spec.result =
        beacon_api::RequestError{base::ErrorCode::kOutOfRange, 0, {}, "SLOT_DURATION_MS"};
    const auto assessment = assessed(report);
    REQUIRE(findings(assessment.findings) == Words{"unchecked_network:unusable"});
    CHECK(assessment.findings[0].problem.find("(out_of_range: SLOT_DURATION_MS)") !=
          std::string::npos);
}

TEST_CASE("syncing, an offline execution client and optimism are reported as the node says",
          "[check]") {
    NodeReport report = good_node();
    SECTION("syncing, however old its head is") {
        report.syncing.result->is_syncing = true;
        report.syncing.result->sync_distance = 500;
        report.head.result->slot = chain::Slot{kNow - 500};
        const auto assessment = assessed(report);
        CHECK(findings(assessment.findings) == Words{"syncing:unusable"});
        CHECK(assessment.findings[0].problem == "it is syncing, 500 slots behind");
    }
    SECTION("the execution client") {
        report.syncing.result->el_offline = true;
        CHECK(findings(assessed(report).findings) == Words{"el_offline:degraded"});
    }
    SECTION("optimistic by its sync state, worst first") {
        report.syncing.result->el_offline = true;
        report.syncing.result->is_optimistic = true;
        CHECK(findings(assessed(report).findings) ==
              Words{"optimistic:unusable", "el_offline:degraded"});
    }
    SECTION("optimistic by its head") {
        report.head.result->execution_optimistic = true;
        CHECK(findings(assessed(report).findings) == Words{"optimistic:unusable"});
    }
}

TEST_CASE("the age of a head counts in slots of the clock", "[check]") {
    struct Case {
        std::int64_t age;
        Words said;
    };
    const auto [age, said] = GENERATE(values<Case>({
        {0, {}},
        {1, {}},
        {3, {}},
        {4, {"head_old:degraded"}},
        {31, {"head_old:degraded"}},
        {32, {"head_stale:unusable"}},
        {-1, {}},
        {-2, {"head_in_future:degraded"}},
    }));
    NodeReport report = good_node();
    report.head.result->slot =
        chain::Slot{static_cast<std::uint64_t>(static_cast<std::int64_t>(kNow) - age)};
    const auto assessment = assessed(report);
    CHECK(findings(assessment.findings) == said);
    CHECK((assessment.head_age == age));
}

TEST_CASE("a slot number beyond all time is a head in the future", "[check]") {
    NodeReport report = good_node();
    report.head.result->slot = chain::Slot{~std::uint64_t{0}};
    CHECK(findings(assessed(report).findings) == Words{"head_in_future:degraded"});
}

TEST_CASE("before genesis nothing is expected of head and stream", "[check]") {
    NodeReport report = good_node();
    report.head_at.wall = kGenesis - 60s;
    report.head.result->slot = chain::Slot{0};
    make_silent(report);
    const auto assessment = assessed(report);
    CHECK(findings(assessment.findings) == Words{"before_genesis:good"});
    CHECK_FALSE((assessment.head_age.has_value()));
}

TEST_CASE("any set of topics is good, and head alone is good to know", "[check]") {
    NodeReport report = good_node();
    report.topic_probes[0].state = TopicProbe::State::kRefused;
    report.topic_probes[1].state = TopicProbe::State::kAccepted;
    CHECK(findings(assessed(report).findings) == Words{});
    report.topic_probes[1].state = TopicProbe::State::kRefused;
    report.topic_probes[2].state = TopicProbe::State::kAccepted;
    CHECK(findings(assessed(report).findings) == Words{"head_only:good"});
    report.topic_probes[2].state = TopicProbe::State::kRefused;
    CHECK(findings(assessed(report).findings) == Words{"no_stream:unusable"});
}

TEST_CASE("a stream that fails makes a node unusable, with its reason", "[check]") {
    NodeReport report = good_node();
    report.topic_probes[0].state = TopicProbe::State::kFailed;
    report.topic_probes[0].end = {updates::StreamEndReason::kHttpStatus, "status 404", 404};
    const auto assessment = assessed(report);
    REQUIRE(findings(assessment.findings) == Words{"no_stream:unusable"});
    CHECK(assessment.findings[0].problem ==
          "asked for its event stream, it does not know the path (status 404)");
}

TEST_CASE("no answer of a stream means what the client's habits make of it", "[check]") {
    NodeReport report = good_node();
    set_all(report, TopicProbe::State::kWaiting);
    SECTION("a client that answers at once is held back by something") {
        const auto assessment = assessed(report);
        REQUIRE(findings(assessment.findings) == Words{"stream_no_answer:degraded"});
        CHECK(assessment.findings[0].advice.find("proxy_buffering off") != std::string::npos);
    }
    SECTION("so is one that is not known") {
        report.version.result = std::string{"Other/1"};
        CHECK(findings(assessed(report).findings) == Words{"stream_no_answer:degraded"});
    }
    SECTION("a client that waits for its first event cannot be known yet") {
        report.version.result = std::string{"Lodestar/v1.5.1/2115aa7"};
        const auto assessment = assessed(report);
        REQUIRE(findings(assessment.findings) == Words{"topics_unknown:good"});
        CHECK(assessment.findings[0].advice.find("--wait") != std::string::npos);
        report.topic_probes[0].state = TopicProbe::State::kRefused;
        CHECK(findings(assessed(report).findings) == Words{"topics_unknown:good"});
    }
}

TEST_CASE("headers that come late are held back, unless the client sends them late", "[check]") {
    NodeReport report = good_node();
    report.topic_probes[0].opened_after = 1s;
    CHECK(findings(assessed(report).findings) == Words{});
    report.topic_probes[0].opened_after = 1001ms;
    CHECK(findings(assessed(report).findings) == Words{"buffered:degraded"});
    report.version.result = std::string{"Lodestar/v1.5.1/2115aa7"};
    CHECK(findings(assessed(report).findings) == Words{});
}

TEST_CASE("a wait for heads tells a stream that works from one that is silent", "[check]") {
    NodeReport report = good_node();
    SECTION("a head came on a lower form than the one that was accepted") {
        report.waited = 24s;
        report.topic_probes[2].state = TopicProbe::State::kDelivered;
        CHECK(findings(assessed(report).findings) == Words{"head_only:good"});
        CHECK((report.working_topics() == &report.topic_probes[2]));
    }
    SECTION("none came, and the node's own head moved") {
        const auto answer = GENERATE(TopicProbe::State::kWaiting, TopicProbe::State::kAccepted);
        make_silent(report, answer);
        report.head_after_wait->value().root.bytes[0] = 1;
        CHECK(findings(assessed(report).findings) == Words{"stalled:unusable"});
    }
    SECTION("none came, and the node's own head did not move") {
        const auto answer = GENERATE(TopicProbe::State::kWaiting, TopicProbe::State::kAccepted);
        make_silent(report, answer);
        CHECK(findings(assessed(report).findings) == Words{"no_head_seen:degraded"});
    }
    SECTION("none came, and the node does not say its head any more") {
        make_silent(report);
        report.head_after_wait = beacon_api::RequestError{base::ErrorCode::kDeadline};
        CHECK(findings(assessed(report).findings) == Words{"no_head_seen:degraded"});
    }
}

TEST_CASE("a head that cannot be decoded costs the node its stream, as in a run", "[check]") {
    NodeReport report = good_node();
    report.topic_probes[0].state = TopicProbe::State::kFailed;
    report.topic_probes[0].end = {updates::StreamEndReason::kMalformed,
                                  "head_v2: missing_field: slot", 0};
    report.topic_probes[1].state = TopicProbe::State::kDelivered;
    const auto assessment = assessed(report);
    REQUIRE(findings(assessment.findings) == Words{"no_stream:unusable"});
    CHECK(assessment.findings[0].problem.find("(malformed: head_v2: missing_field: slot)") !=
          std::string::npos);
    // A refusal costs the set alone.
    report.topic_probes[0].state = TopicProbe::State::kRefused;
    CHECK(findings(assessed(report).findings) == Words{});
}

TEST_CASE("an issue is as grave for check as for run", "[check]") {
    for (const updates::NodeIssue issue : updates::kNodeIssues) {
        INFO(to_string(issue));
        const auto finding = check::finding_of(issue, good_node(), {});
        CHECK(finding.code == to_string(issue));
        CHECK(to_string(finding.severity) == to_string(updates::severity(issue)));
        CHECK_FALSE(finding.problem.empty());
        CHECK_FALSE(finding.advice.empty());
    }
}

namespace {

beacon_api::Genesis hoodi_genesis() {
    const chain::Network& hoodi = *chain::find_network("hoodi");
    return {hoodi.clock.genesis(), hoodi.genesis_validators_root};
}

/// The slot of hoodi in which the node was asked for its head.
chain::Slot hoodi_slot(NodeReport& report) {
    const chain::Network& hoodi = *chain::find_network("hoodi");
    report.head_at.wall = hoodi.clock.genesis() + 12s * kNow + 6s;
    return chain::Slot{kNow};
}

}  // namespace

TEST_CASE("a public network needs no spec, and one odd member costs nothing", "[check]") {
    NodeReport report = good_node();
    report.spec.result->odd_members = {"ATTESTATION_DUE_BPS"};
    const auto odd = assessed(report);
    REQUIRE(findings(odd.findings) == Words{"odd_spec_members:good"});
    CHECK(odd.findings[0].problem.find("ATTESTATION_DUE_BPS") != std::string::npos);
    CHECK((odd.severity == check::Severity::kGood));
    report.genesis.result = hoodi_genesis();
    report.spec.result = beacon_api::RequestError{base::ErrorCode::kHttpStatus, 403};
    report.head.result->slot = hoodi_slot(report);
    const auto refused = assessed(report);
    REQUIRE(findings(refused.findings) == Words{"spec_unknown:degraded"});
    CHECK(refused.findings[0].problem.find("status 403") != std::string::npos);
    CHECK((refused.network == updates::NetworkCheck::kMatch));
    CHECK((refused.head_age == 0));
}

TEST_CASE("one node against one is disputed, and neither is wrong", "[check]") {
    NodeReport other = good_node("other");
    other.genesis.result = hoodi_genesis();
    const auto assessment = check::assess({good_node(), other}, {});
    for (const auto& node : assessment.nodes) {
        CHECK((node.network == updates::NetworkCheck::kDisputed));
        CHECK(findings(node.findings).front() == "network_disputed:unusable");
    }
    CHECK(assessment.nodes[1].findings.front().problem.find("hoodi") != std::string::npos);
}

TEST_CASE("a node whose network is not checked is good without a genesis", "[check]") {
    NodeReport report = good_node();
    report.checks_network = false;
    report.genesis.result = beacon_api::RequestError{base::ErrorCode::kHttpStatus, 403};
    report.spec.result = beacon_api::RequestError{base::ErrorCode::kHttpStatus, 403};
    const auto assessment = assessed(report);
    CHECK(findings(assessment.findings) == Words{});
    CHECK((assessment.network == updates::NetworkCheck::kOff));
}

TEST_CASE("check reports each issue that a single look can show", "[check]") {
    struct Row {
        updates::NodeIssue issue;
        std::function<void(NodeReport&)> spoil;
    };
    const beacon_api::RequestError gone{base::ErrorCode::kHttpStatus, 404};
    const std::vector<Row> rows{
        {updates::NodeIssue::kNoStream,
         [](NodeReport& r) { set_all(r, TopicProbe::State::kRefused); }},
        {updates::NodeIssue::kStalled,
         [](NodeReport& r) {
             make_silent(r);
             r.head_after_wait->value().root.bytes[0] = 1;
         }},
        {updates::NodeIssue::kUncheckedNetwork, [&](NodeReport& r) { r.spec.result = gone; }},
        {updates::NodeIssue::kSpecUnknown,
         [&](NodeReport& r) {
             r.genesis.result = hoodi_genesis();
             r.spec.result = gone;
             r.head.result->slot = hoodi_slot(r);
         }},
        {updates::NodeIssue::kVersionUnknown, [&](NodeReport& r) { r.version.result = gone; }},
        {updates::NodeIssue::kSyncUnknown, [&](NodeReport& r) { r.syncing.result = gone; }},
        {updates::NodeIssue::kHeadUnknown, [&](NodeReport& r) { r.head.result = gone; }},
        {updates::NodeIssue::kSyncing, [](NodeReport& r) { r.syncing.result->is_syncing = true; }},
        {updates::NodeIssue::kElOffline,
         [](NodeReport& r) { r.syncing.result->el_offline = true; }},
        {updates::NodeIssue::kOptimistic,
         [](NodeReport& r) { r.syncing.result->is_optimistic = true; }},
        {updates::NodeIssue::kBuffered, [](NodeReport& r) { r.topic_probes[0].opened_after = 2s; }},
    };
    for (const Row& row : rows) {
        INFO(to_string(row.issue));
        NodeReport report = good_node();
        row.spoil(report);
        const auto assessment = assessed(report);
        const std::string expected = std::string{to_string(row.issue)} + ":" +
                                     std::string{to_string(updates::severity(row.issue))};
        CHECK(findings(assessment.findings) == Words{expected});
    }
}
