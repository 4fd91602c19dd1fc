#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace logging {

/// Which lines are written about one thing that goes wrong again and again: the first one, then
/// none before a gap is over that doubles with each line, from two slots to an hour. How often it
/// is well in between does not matter: only a good while begins anew, in which it was well for as
/// long as the gap is, and at least for 64 slots and for ten minutes.
///
/// So whatever the rhythm is, there are a dozen lines in the first hour or two a quarter of an
/// hour later on, each with its line for the better, and what went well for a good while and
/// breaks is written at once. Pure state.
class LineBackoff {
  public:
    static constexpr int kFirstGapSlots = 2;
    static constexpr base::Duration kGapMax = std::chrono::hours{1};
    static constexpr int kGoodSlots = 64;
    static constexpr base::Duration kGoodMin = std::chrono::minutes{10};

    /// It goes wrong; whether to write it.
    [[nodiscard]] bool failed(base::MonoTime now, base::Duration slot);
    /// It is well at this moment. Whether to write that: its going wrong was written, and this is
    /// the first time that it is well since.
    [[nodiscard]] bool well(base::MonoTime now);

    /// It was written that it goes wrong, and has not been well since.
    [[nodiscard]] bool is_bad_written() const { return is_bad_written_; }
    /// How often it went wrong since the last good while.
    [[nodiscard]] std::uint64_t failures() const { return failures_; }
    /// The last good while is not over yet.
    [[nodiscard]] bool is_backing_off() const { return failures_ > 0 && !had_good_while(); }

  private:
    [[nodiscard]] bool had_good_while() const;

    std::uint64_t failures_ = 0;
    base::Duration gap_{};
    base::Duration good_while_{};
    base::MonoTime next_;
    bool is_bad_written_ = false;
    /// Since the last failure.
    std::optional<base::MonoTime> well_since_;
    base::MonoTime last_well_;
};

}  // namespace logging
