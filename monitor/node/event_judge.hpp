#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "beacon_api/events.hpp"
#include "monitor/node/topic_sets.hpp"
#include "updates/stream_end_reason.hpp"

namespace monitor {

/// What an event of a node's stream is good for. One judge for the monitor and for `check`.
struct EventJudgement {
    enum class Meaning : std::uint8_t {
        /// A head of the topic that was requested for heads.
        kHead,
        /// A decoded event of an optional topic that was requested.
        kFact,
        /// An event of an extra topic that was requested.
        kExtra,
        /// One that is too long to be used, or repeats secrets.
        kUnusable,
        /// A type that was not requested: nobody listens to it, and nothing follows from it.
        /// https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage
        kIgnored,
        /// An event of an optional topic that could not be decoded. A fork may change its shape,
        /// and the heads must go on.
        kUnreadable,
        /// The stream cannot be trusted any more.
        kEndsStream,
    };
    Meaning meaning = Meaning::kIgnored;
    /// For kEndsStream: kErrorEvent or kMalformed.
    updates::StreamEndReason reason = updates::StreamEndReason::kMalformed;
    /// For kEndsStream. May hold what the node has sent.
    std::string detail{};
};

/// Judges an event of `topic` on a stream for which `requested` was asked, decoded or not.
[[nodiscard]] EventJudgement judge_event(std::string_view topic, const TopicList& requested,
                                         const base::Result<beacon_api::ChainEvent>& event);

/// How an ignored event may be named: a topic of the Beacon API, or what servers of event streams
/// send on their own ("ping", "message" for an event without a type); "another type" for the rest,
/// which is the node's own text.
[[nodiscard]] std::string_view name_of_ignored(std::string_view topic);

}  // namespace monitor
