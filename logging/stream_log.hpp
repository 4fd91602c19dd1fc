#pragma once

#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"
#include "logging/line_backoff.hpp"
#include "logging/log.hpp"
#include "updates/node_id.hpp"
#include "updates/node_map.hpp"
#include "updates/node_status.hpp"
#include "updates/update.hpp"

namespace logging {

/// The log lines for the streams of nodes. A stream is lost from its end until its next head: one
/// that opens and ends again without a head has not recovered. However often it comes and goes, the
/// lines become fewer, as LineBackoff has it. Keeps what it knows by node, over runs. Pure state;
/// not thread-safe.
class StreamLog {
  public:
    using Line = std::optional<LogLine>;

    void set_slot_duration(base::Duration slot) { slot_ = slot; }

    [[nodiscard]] Line opened(const updates::StreamOpened& fact, base::Instant at);
    [[nodiscard]] Line ended(const updates::StreamEnded& fact, base::Instant at);
    [[nodiscard]] std::vector<LogLine> head(const updates::NodeHead& fact, base::Instant at);
    /// Which topics the stream is asked for. They are logged when they have delivered a head.
    void status(const updates::NodeStatus& status);

    /// The nodes of a new run: others are forgotten.
    void keep(const std::vector<updates::NodeId>& nodes);
    /// Another node answers to this name.
    void forget(updates::NodeId node) { nodes_.erase(node); }

  private:
    struct Topics {
        updates::TopicSet set = updates::TopicSet::kHeadV2Full;
        /// Those that the configuration adds.
        bool has_extra = false;

        friend bool operator==(const Topics&, const Topics&) = default;
    };
    struct Node {
        LineBackoff losses;
        LineBackoff refusals;
        LineBackoff topic_changes;
        /// The first end of this outage, and the newest opening since.
        std::optional<base::MonoTime> down_since;
        std::optional<base::MonoTime> opened;
        std::optional<chain::Slot> last_head;
        Topics requested;
        /// As they were logged last. Extra topics are in them from their first request on.
        Topics logged;
    };

    [[nodiscard]] Line recovered(Node& node, const updates::NodeHead& fact, base::Instant at);
    [[nodiscard]] Line topics_changed(Node& node, updates::NodeId id, base::Instant at);

    updates::NodeMap<Node> nodes_;
    base::Duration slot_ = chain::kDefaultSlotDuration;
};

}  // namespace logging
