#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "chain/slot_clock.hpp"
#include "history/error.hpp"
#include "updates/node_status.hpp"

namespace history {

/// What a headmon that starts can take over from the one before, by its history.
struct LastState {
    /// What is older is not worth it: topics are negotiated anew after so long.
    static constexpr base::Duration kTopicsAge = std::chrono::hours{24};
    /// Nor is a best head that every node has left behind.
    static constexpr base::Duration kBestAge = std::chrono::hours{1};

    struct Topics {
        std::string node;
        std::string version;
        updates::TopicSet set = updates::TopicSet::kHeadV2Full;
        /// So long ago this version was found to serve no richer set.
        base::Duration age{};
    };

    /// As nodes reported it last.
    std::optional<chain::SlotClock> slot_clock;
    /// Of nodes that do not serve the richest set.
    std::vector<Topics> topics;
    std::optional<chain::Slot> best_head;

    [[nodiscard]] bool is_empty() const { return !slot_clock && topics.empty() && !best_head; }
};

/// Reads it, which blocks. Fails as all reads; kCannotOpen where there is no file.
[[nodiscard]] Result<LastState> read_last_state(const std::string& path, base::WallTime now);

}  // namespace history
