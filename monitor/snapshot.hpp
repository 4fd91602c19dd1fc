#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "monitor/update.hpp"

namespace monitor {

/// One node as far as updates have told.
struct NodeSnapshot {
    explicit NodeSnapshot(CandidateId candidate) : status{std::move(candidate)} {}

    /// As it was told last, with what the updates since then say of its stream, its last head and
    /// its ends.
    NodeStatus status;
    /// The last head that it reported, optimistic ones too; kept when the stream ends, for display.
    std::optional<NodeHead> head;
    std::uint32_t ends_in_row = 0;
    std::optional<base::EndReason> last_end;

    friend bool operator==(const NodeSnapshot&, const NodeSnapshot&) = default;
};

/// The fold of all updates so far: what a subscriber that comes late needs to know.
struct Snapshot {
    bool running = false;
    /// The candidates of the run that is on, or of the last one.
    std::map<CandidateId, NodeSnapshot> nodes;
    std::optional<BestHead> best;
    std::optional<SlotTime> slot_time;
    /// The split that is on.
    std::optional<HeadSplit> split;
    /// What was last told of our clock; nothing while it was never doubted.
    std::optional<ClockDoubt> clock;
    /// The last slot that was judged.
    std::optional<SlotVerdict> verdict;
    /// Fully failed retry cycles in a row.
    std::uint32_t failed_cycles = 0;

    void apply(const Update& update);

    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

}  // namespace monitor
