#pragma once

#include <chrono>
#include <vector>

#include "recording/entry.hpp"

namespace tests {

inline base::Instant moment(std::int64_t mono, std::int64_t wall) {
    return {base::MonoTime{std::chrono::nanoseconds{mono}},
            base::WallTime{std::chrono::nanoseconds{wall}}};
}

/// One of each kind, with all that it may have and with what it may lack.
inline std::vector<recording::Entry> every_entry() {
    using namespace std::chrono_literals;
    using namespace recording;
    monitor::MonitorOptions options;
    options.slot_time =
        updates::SlotTime{chain::SlotClock{base::WallTime{1'700'000'000s}, 12'000ms},
                          updates::SlotTimeSource::kPreset};
    options.remembered_slot_time =
        updates::SlotTime{chain::SlotClock{base::WallTime{1'700'000'001s}, 50ms},
                          updates::SlotTimeSource::kNode, updates::NodeId{"alpha"}};
    options.remembered_topics = {
        {updates::NodeId{"beta"}, "Teku/v1", updates::TopicSet::kHeadOnly, 7s}};
    options.remembered_best = chain::Slot{UINT64_MAX};
    options.extra_topics = {"voluntary_exit"};
    options.tick_twelfths = 10;

    http::ResponseHead head;
    head.status = 200;
    head.content_type = "text/event-stream";
    head.content_length = 12;
    head.date = "Mon, 30 Nov 2026 19:00:00 GMT";
    head.retry_after = 3s;
    head.is_from_cache = true;

    http::Response answer;
    answer.head = head;
    answer.sent = base::MonoTime{5ns};
    answer.arrived = moment(9, 10);
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) {
        bytes += static_cast<char>(byte);
    }
    answer.body = bytes;

    std::vector<Event> events{
        Started{"0.2.0", true, 3, 7, options},
        Started{},
        Listed{{{"alpha", 1, {3s, 4}, false}, {"beta", 2, {}, true}}},
        TurnBegan{monitor::Turns::Kind::kRunBegins, base::KernelClock{true}},
        TurnBegan{},
        Stopping{monitor::Turns::Stop::kCancelled},
        Stopping{},
        StreamOpening{1, "alpha", "head,block"},
        StreamConnected{1},
        StreamHead{1, head},
        StreamHead{2, {}},
        StreamBytes{1, moment(20, -21), bytes},
        StreamEnd{1, {http::FailureReason::kHttpStatus, "status 503", 503, 9s, bytes}},
        StreamEnd{2, {http::FailureReason::kEof, "", 0, std::nullopt, ""}},
        StreamClosed{UINT64_MAX},
        Requested{4, "beta", "/eth/v1/node/syncing"},
        Answered{4, answer},
        Answered{5, http::FetchError{http::FailureReason::kReset, "gone"}},
        Answered{6, http::FetchError{std::nullopt, "no complete answer within 2000 ms"}},
        ServiceFact{updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed, "why", 12s,
                                          true, 3}},
        ServiceFact{updates::ServiceEnded{}},
        ServiceFact{updates::ServiceHealth{"history_writer", updates::ServiceHealthState::kDegraded,
                                           "disk full"}}};
    std::vector<Entry> entries;
    std::int64_t at = 1;
    for (Event& event : events) {
        entries.push_back({moment(at, 1'700'000'000'000'000'000 + at), std::move(event)});
        ++at;
    }
    return entries;
}

}  // namespace tests
