#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "updates/update.hpp"

namespace monitor {

struct MonitorOptions {
    /// Slot time when it is known from a preset or the config; else it is requested of the nodes.
    std::optional<updates::SlotTime> slot_time;
    /// Slot time as an earlier start learned it. Good until a node reports another one; it decides
    /// nothing about a node's network.
    std::optional<updates::SlotTime> remembered_slot_time;
    std::size_t event_bytes_max = std::size_t{1024} * 1024;
    /// Topics that nodes are asked for beside ours, and whose events are passed on.
    std::vector<std::string> extra_topics{};
    /// Where in the slot the tick lies, in twelfths.
    int tick_twelfths = 11;
};

}  // namespace monitor
