#pragma once

#include <string>
#include <variant>
#include <vector>

#include "chain/slot_clock.hpp"
#include "monitor/node/rest_request.hpp"
#include "updates/node_id.hpp"
#include "updates/stream_end_reason.hpp"
#include "updates/update.hpp"

namespace monitor {

struct OpenStream {
    updates::NodeId node;
    /// Comma-separated, as the URL has them.
    std::string topics;

    friend bool operator==(const OpenStream&, const OpenStream&) = default;
};

/// Ends a stream that the node has not ended. Its end is published in the same answer.
struct CloseStream {
    updates::NodeId node;
    updates::StreamEndReason reason = updates::StreamEndReason::kCancelled;

    friend bool operator==(const CloseStream&, const CloseStream&) = default;
};

/// To be answered by `HeadMonitor::rest_answered`, or never when the run is over.
struct SendRequest {
    updates::NodeId node;
    RestRequest request;

    friend bool operator==(const SendRequest&, const SendRequest&) = default;
};

/// The ticks follow this chain from now on.
struct SetSlotTime {
    chain::SlotClock clock;

    friend bool operator==(const SetSlotTime&, const SetSlotTime&) = default;
};

/// `HeadMonitor::deadline` is another one now.
struct SetDeadline {
    friend bool operator==(const SetDeadline&, const SetDeadline&) = default;
};

struct Publish {
    updates::Update update;

    friend bool operator==(const Publish&, const Publish&) = default;
};

/// The run has failed. Its RunEnded precedes this in the same answer.
struct GiveUp {
    std::string reason;

    friend bool operator==(const GiveUp&, const GiveUp&) = default;
};

/// What the head monitor has its driver do.
using Action =
    std::variant<OpenStream, CloseStream, SendRequest, SetSlotTime, SetDeadline, Publish, GiveUp>;
using Actions = std::vector<Action>;

}  // namespace monitor
