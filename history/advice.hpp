#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "history/summary.hpp"

namespace history {

/// What a summary says of a node: whether a validator is better off without it.
enum class Judgement : std::uint8_t {
    kKeep,
    kWatch,
    kThrowOut,
    /// Too little was seen of it, or what is wrong is wrong everywhere.
    kUnknown,
};

/// "keep", "watch", "throw_out", "unknown".
[[nodiscard]] std::string_view to_string(Judgement judgement);

struct NodeAdvice {
    Judgement judgement = Judgement::kUnknown;
    /// Why, for people: "reported nothing of 6.1 % of the slots with a block".
    std::string reason;
};

/// Heads below which nothing is said of a node.
inline constexpr std::uint64_t kHeadsMin = 32;
/// Time followed below which nothing is said of its stream: 32 slots of 12 s.
inline constexpr base::Duration kFollowedMin = std::chrono::seconds{384};
/// Shares of a hundred: from the first on a node is to be watched, from the second on to be thrown
/// out.
struct ShareLimits {
    double watch = 0;
    double throw_out = 0;
};
inline constexpr ShareLimits kUnreportedLimits{1, 5};
/// Late heads, beyond those of the node that has the fewest: what is late everywhere is the
/// chain's.
inline constexpr ShareLimits kLateLimits{1, 5};
/// Of the time in which it was followed, its stream was not open, beyond that of the node with the
/// least: what was down everywhere is our own network's.
inline constexpr ShareLimits kDownLimits{1, 5};

/// What to do about `node`, one of the summary's.
[[nodiscard]] NodeAdvice advise(const Summary& summary, const NodeSummary& node);

/// One paragraph: which nodes to throw out or to watch, and why.
[[nodiscard]] std::string first_paragraph(const Summary& summary);

/// 100 where there is nothing to have a part of.
[[nodiscard]] double percent(double part, double whole);

}  // namespace history
