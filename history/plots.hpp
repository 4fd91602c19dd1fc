#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "history/spans.hpp"

namespace history {

/// What a report draws of one node, bounded whatever the window.
struct NodePlots {
    static constexpr std::size_t kArrivals = 480;
    /// Upper edges, milliseconds.
    static constexpr std::array<std::int64_t, 13> kLagEdges{1,   2,   5,    10,   20,   50,   100,
                                                            200, 500, 1000, 2000, 5000, 10000};
    /// Stretches that it was down; of more, the longest.
    static constexpr std::size_t kDownMax = 500;

    /// The median delay in each of kArrivals parts of the window.
    std::vector<std::optional<base::Duration>> arrivals;
    /// How many of its lags were within each of kLagEdges, and of how many.
    std::array<std::uint64_t, kLagEdges.size()> lags_within{};
    std::uint64_t lags = 0;
    /// In each of Summary::kParts parts of the window.
    std::vector<std::uint64_t> heads_by_part;
    std::vector<std::uint64_t> firsts_by_part;
    /// When it was followed and its stream was not open, in order.
    std::vector<Spans::Span> down;

    friend bool operator==(const NodePlots&, const NodePlots&) = default;
};

/// How many of `values`, in order and in nanoseconds, are within each edge.
[[nodiscard]] std::array<std::uint64_t, NodePlots::kLagEdges.size()> count_within(
    const std::vector<std::int64_t>& values);

/// At most `max` of `spans`: the longest, in order of time.
[[nodiscard]] std::vector<Spans::Span> longest(std::vector<Spans::Span> spans, std::size_t max);

}  // namespace history
