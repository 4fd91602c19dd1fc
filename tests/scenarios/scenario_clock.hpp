#pragma once

#include <boost/asio/io_context.hpp>

#include "base/clock.hpp"
#include "tests/support/manual_clock.hpp"

namespace tests {

/// Virtual time over real sockets: time stands still while bytes are on their way, and moves to the
/// next sleeper's deadline once the loop has been quiet. So slots may be as long as a real chain's,
/// delays come out to the nanosecond, and a busy machine makes a test slower but no different.
class ScenarioClock final : public ManualClock {
  public:
    using ManualClock::ManualClock;

    /// Plays on to `moment`, and until all that happens then is over.
    void play_to(base::MonoTime moment) { advance(moment - now()); }

  private:
    void run_dry(boost::asio::io_context& loop) override;
};

/// Another clock's time, with wall time that is off.
class OffClock final : public base::Clock {
  public:
    /// `offset` is how far it is ahead of `other`, which outlives it.
    OffClock(base::Clock& other, base::Duration offset) : other_{other}, offset_{offset} {}

    [[nodiscard]] base::MonoTime now() const override { return other_.now(); }
    [[nodiscard]] base::WallTime wall_now() const override {
        return other_.wall_now() + std::chrono::duration_cast<base::WallTime::duration>(offset_);
    }
    [[nodiscard]] base::Task<void> sleep_until(base::MonoTime deadline) override {
        return other_.sleep_until(deadline);
    }

  private:
    base::Clock& other_;
    base::Duration offset_;
};

}  // namespace tests
