#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "updates/node_map.hpp"
#include "updates/update.hpp"

namespace updates {

/// One node as far as updates have reported it.
struct NodeSnapshot {
    explicit NodeSnapshot(NodeId node) : status{node} {}

    /// As it was published last, with what the updates since then report of its stream, its last
    /// head and its disconnects.
    NodeStatus status;
    /// The last head that it reported, optimistic ones too; kept when the stream ends, for display.
    std::optional<NodeHead> head;
    std::uint32_t consecutive_disconnects = 0;
    std::optional<updates::StreamEndReason> last_end;

    friend bool operator==(const NodeSnapshot&, const NodeSnapshot&) = default;
};

/// One of headmon's own services as far as updates have reported it.
struct ServiceSnapshot {
    ServiceHealthState health = ServiceHealthState::kHealthy;
    /// What the last check found; empty when healthy.
    std::string health_detail;
    /// It has ended and is not started again.
    bool is_down = false;
    /// How its last run ended; absent while the first one is on.
    std::optional<ServiceEnded> last_end;

    friend bool operator==(const ServiceSnapshot&, const ServiceSnapshot&) = default;
};

/// The fold of all updates so far: what a subscriber that comes late needs to know.
struct Snapshot {
    bool running = false;
    /// The nodes of the run that is on, or of the last one.
    NodeMap<NodeSnapshot> nodes;
    std::optional<BestHead> best;
    std::optional<SlotTime> slot_time;
    /// The split that is on.
    std::optional<HeadSplit> split;
    /// Our clock as it was last estimated.
    std::optional<ClockSkew> clock;
    /// The last slot that was judged.
    std::optional<SlotVerdict> verdict;
    /// Fully failed retry cycles in a row.
    std::uint32_t failed_cycles = 0;
    /// By their place in the tree; those of which an update was published.
    std::map<std::string, ServiceSnapshot> services;

    void apply(const Update& update);

    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

}  // namespace updates
