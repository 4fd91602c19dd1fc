#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "updates/chain_facts.hpp"

namespace fleet {

/// What is known of a machine's clock, from the weakest evidence to the strongest but one.
enum class ClockBasis : std::uint8_t {
    kUnknown,
    /// The nodes' dates.
    kNodes,
    /// Heads that came before their slot: the clock is behind by at least the offset.
    kEarlyHeads,
    /// The kernel says that a time service keeps it, and the nodes do not contradict.
    kKernel,
    /// It dates messages later than the broker stored them: it is ahead by at least the offset.
    kBroker,
};

/// "unknown", "nodes", "early_heads", "kernel", "broker".
[[nodiscard]] std::string_view to_string(ClockBasis basis);

/// How far a clock is off.
struct ClockReading {
    ClockBasis basis = ClockBasis::kUnknown;
    /// Positive when it is ahead; zero where nothing is known.
    base::Duration offset{};
    /// The true offset lies within this of `offset`; absent where there is no such bound.
    std::optional<base::Duration> uncertainty;

    friend bool operator==(const ClockReading&, const ClockReading&) = default;
};

/// The clock of one instance. Pure.
class SiteClock {
  public:
    /// What a clock may be off that a time service keeps: no one tells how well it does.
    static constexpr std::chrono::milliseconds kKept{50};
    /// For so long, up to twice as long, a message counts that proves it ahead.
    static constexpr std::chrono::minutes kProofHolds{5};

    /// What it says of itself.
    void report(const updates::ClockSkew& skew) { skew_ = skew; }
    /// A message that it dates `at` was stored by the broker at `stored_at`.
    void compare(base::WallTime at, base::WallTime stored_at);

    [[nodiscard]] ClockReading reading() const;
    [[nodiscard]] const std::optional<updates::ClockSkew>& skew() const { return skew_; }

  private:
    std::optional<updates::ClockSkew> skew_;
    /// The most that it was ahead of the broker, in this period and in the one before.
    base::Duration ahead_ = base::Duration::min();
    base::Duration ahead_before_ = base::Duration::min();
    std::optional<base::WallTime> period_;
};

/// A moment as a clock has it, and that clock.
struct DatedMoment {
    base::WallTime at;
    ClockReading clock;

    [[nodiscard]] base::WallTime corrected() const {
        return at - std::chrono::duration_cast<base::WallTime::duration>(clock.offset);
    }
};

/// From one moment to a later one, which another clock may have dated.
struct MomentDifference {
    base::Duration value{};
    /// Absent where a clock is not known.
    std::optional<base::Duration> uncertainty;

    /// The clocks may be further apart than that.
    [[nodiscard]] bool is_doubtful() const {
        return !uncertainty || *uncertainty > (value < value.zero() ? -value : value);
    }
};

/// `is_same_clock`: both moments are of one clock, whatever it is worth.
[[nodiscard]] MomentDifference difference(const DatedMoment& from, const DatedMoment& to,
                                          bool is_same_clock);

}  // namespace fleet
