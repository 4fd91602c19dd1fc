#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "check/node_report.hpp"
#include "check/assessment.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"
#include "updates/node_status.hpp"

// Looks at nodes, made for the tests of what is judged.
namespace tests {

using namespace std::chrono_literals;
using check::FormLook;
using check::NodeLook;

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

inline FormLook& form(NodeLook& look, updates::TopicSet which) {
    return *std::find_if(look.forms.begin(), look.forms.end(),
                         [&](const FormLook& one) { return one.form == which; });
}

/// A node about which nothing is wrong.
inline NodeLook good_node(const std::string& name = "alpha") {
    NodeLook look{updates::NodeId{name}, "http://127.0.0.1:5052"};
    look.genesis.said = beacon_api::Genesis{kGenesis, chain::Root{}};
    chain::Spec spec;
    spec.slot_duration = 12s;
    spec.slots_per_epoch = 32;
    spec.config_name = "mainnet";
    look.spec.said = spec;
    look.version.said = std::string{"Lighthouse/v7.0.1/x86_64-linux"};
    look.syncing.said = chain::SyncStatus{chain::Slot{kNow}, 0, false, false, false};
    beacon_api::BlockHeader head;
    head.slot = chain::Slot{kNow};
    look.head.said = head;
    look.head_at = now();
    look.exchanges = {exchange()};
    form(look, updates::TopicSet::kHeadV2Full).answer = FormLook::Answer::kAccepted;
    form(look, updates::TopicSet::kHeadV2Full).opened_after = 5ms;
    return look;
}

/// A node that answers nothing, for `error`.
inline NodeLook failed_node(const base::Error& error, const monitor::StreamEnd& stream) {
    NodeLook look{updates::NodeId{"alpha"}, "http://127.0.0.1:5052"};
    look.genesis.said = error;
    look.spec.said = error;
    look.version.said = error;
    look.syncing.said = error;
    look.head.said = error;
    look.forms[0].answer = FormLook::Answer::kFailed;
    look.forms[0].end = stream;
    return look;
}

inline NodeLook unreachable_node() {
    return failed_node({base::ErrorCode::kUnreachable, "connect_failed: Connection refused"},
                       {updates::StreamEndReason::kConnectFailed, "Connection refused", 0});
}

inline void set_all(NodeLook& look, FormLook::Answer answer) {
    for (FormLook& one : look.forms) {
        one.answer = answer;
    }
}

inline void is_silent(NodeLook& look, FormLook::Answer answer = FormLook::Answer::kWaiting) {
    set_all(look, answer);
    look.waited = 24s;
    look.head_after_wait = *look.head.said;
}

inline check::NodeVerdict judged(const NodeLook& look, const check::CheckContext& context = {}) {
    return check::judge({look}, context).nodes.front();
}

/// "what:grade", worst first.
inline std::vector<std::string> findings(const std::vector<check::Finding>& all) {
    std::vector<std::string> words;
    for (const check::Finding& finding : all) {
        words.push_back(std::string{finding.what} + ":" + std::string{to_string(finding.grade)});
        CHECK_FALSE(finding.problem.empty());
        CHECK_FALSE(finding.advice.empty());
    }
    return words;
}

using Words = std::vector<std::string>;

}  // namespace tests
