#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "monitor/candidate.hpp"
#include "monitor/first_seen.hpp"
#include "monitor/update.hpp"

namespace monitor {

/// What outlives a run of one candidate.
struct NodeMemory {
    std::string version;
    std::optional<base::Instant> last_byte;
    std::optional<base::Instant> last_head;
    /// Ends since the program started, those by our own side included.
    std::uint64_t ends = 0;
    /// Ends since its stream was last open: what warnings back off by.
    std::uint32_t ends_in_row = 0;
    /// Malformed events of optional topics since the program started.
    std::uint64_t optional_malformed = 0;
    /// Optional topics that are not asked for any more.
    std::set<std::string> left_out;
};

/// What outlives a run, handed by the driver from one to the next. A candidate that is not in the
/// next list is gone from it.
struct Memory {
    std::map<CandidateId, NodeMemory> nodes;
    FirstSeen first_seen;
    std::optional<SlotTime> slot_time;
    /// The best head as it was last published. It is the floor of the next run.
    std::optional<BestHead> best;
};

}  // namespace monitor
