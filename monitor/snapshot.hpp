#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "monitor/update.hpp"

namespace monitor {

/// One node as far as updates have told.
struct NodeSnapshot {
    StreamState state = StreamState::kEnded;
    std::string version;
    /// As it was told last; its state is `state`.
    std::optional<NodeStatus> status;
    std::optional<base::Instant> last_byte;
    std::optional<base::Instant> last_head;
    /// The last head that it reported, optimistic ones too; kept when the stream ends, for display.
    std::optional<NodeHead> head;
    std::uint64_t ends = 0;
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
