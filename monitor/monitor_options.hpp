#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "updates/update.hpp"

namespace monitor {

/// What an earlier start has learned of a node: the topics that this version of it serves.
struct RememberedTopics {
    updates::NodeId node;
    std::string version;
    updates::TopicSet set = updates::TopicSet::kHeadV2Full;
    /// So long ago.
    base::Duration age{};
};

struct MonitorOptions {
    /// Slot time when it is known from a preset or the config; else it is requested of the nodes.
    std::optional<updates::SlotTime> slot_time;
    /// Slot time as an earlier start learned it. Good until a node reports another one; it decides
    /// nothing about a node's network.
    std::optional<updates::SlotTime> remembered_slot_time;
    /// The same of the topics of nodes; a node that is not followed is left out.
    std::vector<RememberedTopics> remembered_topics;
    /// The slot of the best head that an earlier start published last.
    std::optional<chain::Slot> remembered_best;
    std::size_t event_bytes_max = std::size_t{1024} * 1024;
    /// Topics that nodes are asked for beside ours, and whose events are passed on.
    std::vector<std::string> extra_topics{};
    /// Where in the slot the tick lies, in twelfths.
    int tick_twelfths = 11;
};

}  // namespace monitor
