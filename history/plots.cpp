#include "history/plots.hpp"

#include <algorithm>

namespace history {

std::array<std::uint64_t, NodePlots::kLagEdges.size()> count_within(
    const std::vector<std::int64_t>& values) {
    constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
    std::array<std::uint64_t, NodePlots::kLagEdges.size()> within{};
    for (std::size_t i = 0; i < within.size(); ++i) {
        const auto end = std::upper_bound(values.begin(), values.end(),
                                          NodePlots::kLagEdges[i] * kNanosecondsPerMillisecond);
        within[i] = static_cast<std::uint64_t>(end - values.begin());
    }
    return within;
}

std::vector<Spans::Span> longest(std::vector<Spans::Span> spans, std::size_t max) {
    if (spans.size() > max) {
        std::sort(spans.begin(), spans.end(),
                  [](const auto& a, const auto& b) { return a.until - a.from > b.until - b.from; });
        spans.resize(max);
        std::sort(spans.begin(), spans.end(),
                  [](const auto& a, const auto& b) { return a.from < b.from; });
    }
    return spans;
}

}  // namespace history
