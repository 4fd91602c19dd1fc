#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"
#include "check/assessment.hpp"
#include "check/node_report.hpp"
#include "updates/node_status.hpp"

// Reports of nodes, for the tests of what follows from them.
namespace tests {

using namespace std::chrono_literals;
using check::NodeReport;
using check::TopicProbe;

inline constexpr base::WallTime kGenesis{1'700'000'000s};
inline constexpr std::uint64_t kNow = 1000;

/// In the middle of slot kNow.
inline base::Instant now() {
    return {base::MonoTime{1h}, kGenesis + 12s * kNow + 6s};
}

inline beacon_api::Exchange exchange(base::Duration clock_ahead = {}) {
    beacon_api::Exchange answer;
    answer.status = 200;
    answer.sent = now().mono - 10ms;
    answer.received = now();
    answer.date = std::chrono::floor<std::chrono::seconds>(
        now().wall - std::chrono::duration_cast<base::WallTime::duration>(clock_ahead));
    return answer;
}

inline TopicProbe& probe_of(NodeReport& report, updates::TopicSet which) {
    return *std::find_if(report.topic_probes.begin(), report.topic_probes.end(),
                         [&](const TopicProbe& one) { return one.topic_set == which; });
}

/// A node about which nothing is wrong.
inline NodeReport good_node(const std::string& name = "alpha") {
    NodeReport report{updates::NodeId{name}, "http://127.0.0.1:5052"};
    report.genesis.result = beacon_api::Genesis{kGenesis, chain::Root{}};
    chain::Spec spec;
    spec.slot_duration = 12s;
    spec.slots_per_epoch = 32;
    spec.config_name = "mainnet";
    report.spec.result = spec;
    report.version.result = std::string{"Lighthouse/v7.0.1/x86_64-linux"};
    report.syncing.result = chain::SyncStatus{chain::Slot{kNow}, 0, false, false, false};
    beacon_api::BlockHeader head;
    head.slot = chain::Slot{kNow};
    report.head.result = head;
    report.head_at = now();
    report.exchanges = {exchange()};
    probe_of(report, updates::TopicSet::kHeadV2Full).state = TopicProbe::State::kAccepted;
    probe_of(report, updates::TopicSet::kHeadV2Full).opened_after = 5ms;
    return report;
}

/// A node that answers nothing, for `error`.
inline NodeReport failed_node(const beacon_api::RequestError& error,
                              const monitor::StreamEnd& stream) {
    NodeReport report{updates::NodeId{"alpha"}, "http://127.0.0.1:5052"};
    report.genesis.result = error;
    report.spec.result = error;
    report.version.result = error;
    report.syncing.result = error;
    report.head.result = error;
    report.topic_probes[0].state = TopicProbe::State::kFailed;
    report.topic_probes[0].end = stream;
    return report;
}

inline NodeReport unreachable_node() {
    return failed_node({base::ErrorCode::kUnreachable, 0, http::FailureReason::kConnectFailed,
                        "Connection refused"},
                       {updates::StreamEndReason::kConnectFailed, "Connection refused", 0});
}

inline void set_all(NodeReport& report, TopicProbe::State answer) {
    for (TopicProbe& one : report.topic_probes) {
        one.state = answer;
    }
}

inline void make_silent(NodeReport& report,
                        TopicProbe::State answer = TopicProbe::State::kWaiting) {
    set_all(report, answer);
    report.waited = 24s;
    report.head_after_wait = *report.head.result;
}

inline check::NodeAssessment assessed(const NodeReport& report,
                                      const check::CheckContext& context = {}) {
    return check::assess({report}, context).nodes.front();
}

/// "code:severity", worst first.
inline std::vector<std::string> findings(const std::vector<check::Finding>& all) {
    std::vector<std::string> words;
    for (const check::Finding& finding : all) {
        words.push_back(std::string{finding.code} + ":" + std::string{to_string(finding.severity)});
        CHECK_FALSE(finding.problem.empty());
        CHECK_FALSE(finding.advice.empty());
    }
    return words;
}

using Words = std::vector<std::string>;

}  // namespace tests
