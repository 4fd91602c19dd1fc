#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "beacon_api/responses.hpp"
#include "monitor/candidate.hpp"
#include "monitor/clock_doubt.hpp"
#include "monitor/first_seen.hpp"
#include "monitor/liveness.hpp"
#include "monitor/network_guard.hpp"
#include "monitor/proxy_doubt.hpp"
#include "monitor/questions.hpp"
#include "monitor/slot_watch.hpp"
#include "monitor/topic_forms.hpp"
#include "monitor/update.hpp"

namespace monitor {

/// What outlives a run of one candidate.
struct NodeMemory {
    std::string version;
    std::optional<base::Instant> last_byte;
    std::optional<base::Instant> last_head;
    /// Ends since the program started; those by our own side are none.
    std::uint64_t ends = 0;
    /// Ends since its stream was last open: what warnings back off by.
    std::uint32_t ends_in_row = 0;
    /// Malformed events of optional topics since the program started.
    std::uint64_t malformed = 0;
    std::optional<beacon_api::Syncing> syncing;
    std::optional<beacon_api::Spec> spec;
    bool is_behind = false;
    TopicForms topics;
    Liveness liveness;
    ProxyWatch proxy;
    Questions questions;
};

/// What outlives a run, handed by the driver from one to the next. A candidate that is not in the
/// next list is gone from it.
struct Memory {
    std::map<CandidateId, NodeMemory> nodes;
    FirstSeen first_seen;
    std::optional<SlotTime> slot_time;
    /// The best head as it was last published. It is the floor of the next run.
    std::optional<BestHead> best;
    NetworkGuard guard;
    SlotWatch slots;
    ClockEstimate clock;
    /// What the nodes on our chain say of it together.
    std::optional<beacon_api::Spec> spec;
    /// Of the wall clock over the monotonic one, at the last tick.
    std::optional<base::Duration> wall_offset;
};

}  // namespace monitor
