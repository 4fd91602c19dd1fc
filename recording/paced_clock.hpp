#pragma once

#include "base/clock.hpp"

namespace recording {

/// The time of a recording that is played at some speed: at its first moment when the first is
/// told, and from then on so many times as fast as `real`.
class PacedClock final : public base::Clock {
  public:
    /// `speed` is positive. `real` outlives it.
    PacedClock(base::Clock& real, double speed) : real_{real}, speed_{speed} {}

    /// It is `first` now.
    void begin(base::Instant first);
    /// It is `at`, and stays so until it begins.
    void stand_at(base::Instant at);
    [[nodiscard]] bool has_begun() const { return has_begun_; }

    [[nodiscard]] base::MonoTime now() const override;
    [[nodiscard]] base::WallTime wall_now() const override;
    [[nodiscard]] base::Task<void> sleep_until(base::MonoTime deadline) override;

  private:
    [[nodiscard]] base::Duration since_begin() const;

    base::Clock& real_;
    double speed_;
    bool has_begun_ = false;
    base::Instant first_{};
    base::MonoTime began_{};
};

}  // namespace recording
