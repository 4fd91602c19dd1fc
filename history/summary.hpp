#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot_clock.hpp"
#include "history/percentiles.hpp"
#include "history/plots.hpp"

namespace history {

class Connection;

/// From `from` on, before `to`; microseconds since 1970.
struct Window {
    std::int64_t from = 0;
    std::int64_t to = 0;
};

/// What became of the slots of a window, by their verdicts.
struct SlotCounts {
    std::uint64_t on_time = 0;
    std::uint64_t late = 0;
    std::uint64_t missed = 0;
    std::uint64_t optimistic = 0;
    std::uint64_t unknown = 0;
    /// Slots of the window without a verdict: headmon did not run, or did not know slot time.
    std::uint64_t not_judged = 0;

    friend bool operator==(const SlotCounts&, const SlotCounts&) = default;
};

/// Part of a window in which headmon did not see what happened.
struct GapSummary {
    std::int64_t from = 0;
    std::int64_t until = 0;
    /// "stopped", "killed", "lagged", "suspended", "clock_stepped", "not_kept".
    std::string reason;
    std::uint64_t dropped = 0;

    friend bool operator==(const GapSummary&, const GapSummary&) = default;
};

/// One node in a window. Heads count once: the node's first live report of a head that is proven.
struct NodeSummary {
    std::string name;
    std::uint64_t heads = 0;
    /// From the slot's start to the node's report.
    Percentiles delay;
    /// From the first report by any node to this node's.
    Percentiles lag;
    /// Heads that it reported before all others.
    std::uint64_t first = 0;
    /// Of the heads that have a deadline: before and after it.
    std::uint64_t on_time = 0;
    std::uint64_t late = 0;
    /// Slots with a block that were judged while it was followed, and those of them of which its
    /// stream reported nothing.
    std::uint64_t slots_followed = 0;
    std::uint64_t slots_unreported = 0;
    /// Ends of its stream but by our own side, by reason.
    std::map<std::string, std::uint64_t> disconnects;
    /// It was in a run, and headmon watched.
    base::Duration followed{};
    /// Of that, its stream was open.
    base::Duration open{};
    /// The median delay in each of kParts parts of the window.
    std::vector<std::optional<base::Duration>> delays;
    /// Where they were asked for.
    std::optional<NodePlots> plots{};

    friend bool operator==(const NodeSummary&, const NodeSummary&) = default;
};

struct Summary {
    static constexpr std::size_t kParts = 24;

    Window window;
    /// The window without its gaps.
    base::Duration watched{};
    std::vector<GapSummary> gaps;
    SlotCounts slots;
    /// By name; those that were followed in the window.
    std::vector<NodeSummary> nodes;
    /// Slot time as it was learned last.
    std::optional<chain::SlotClock> slot_clock{};
    /// The attestation deadline of the last slot that was judged.
    std::optional<base::Duration> deadline{};
};

enum class Detail : std::uint8_t { kNumbers, kPlots };

/// The summary of a window. Throws SQLite::Exception.
[[nodiscard]] Summary summarize(Connection& connection, Window window,
                                Detail detail = Detail::kNumbers);

}  // namespace history
