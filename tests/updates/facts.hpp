#pragma once

#include <chrono>
#include <vector>

#include <boost/json/parse.hpp>

#include "chain/sync_status.hpp"
#include "tests/monitor/heads.hpp"
#include "updates/json.hpp"
#include "updates/update.hpp"

/// One update of each kind, and what its JSON says.
namespace tests::facts {

using namespace std::chrono_literals;

inline const updates::NodeId kAlpha{"alpha"};
inline const base::Instant kAt{base::MonoTime{82s},
                               base::WallTime{std::chrono::seconds{1795294599}} + 123456us};

inline const updates::NodeId kBeta{"beta"};

/// A live head by stream, 2 s into its slot and 13 ms behind the first.
inline updates::NodeHead live_head() {
    updates::NodeHead out{kAlpha, tests::head(7, 1), true, false, 13ms};
    out.timing.delay = 2s;
    out.timing.deadline = chain::AttestationDeadline{4s, true};
    return out;
}

inline updates::NodeStatus full_status() {
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

inline updates::HeadSplit split() {
    return {{{tests::root(1), chain::Slot{9}, {kAlpha}}, {tests::root(2), chain::Slot{8}, {kBeta}}},
            kAt.mono - 4s,
            false};
}

inline std::vector<updates::Fact> every_fact() {
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
                           tests::root(3), tests::root(4), chain::Epoch{0}, false, std::nullopt,
                           tests::root(6)},
        updates::NodeEvent{kAlpha, "voluntary_exit", R"({"epoch":"3"})", tests::root(5)}};
}

inline boost::json::object parsed(const updates::Fact& fact) {
    return boost::json::parse(updates::to_json(updates::Update{fact, kAt})).as_object();
}

}  // namespace tests::facts
