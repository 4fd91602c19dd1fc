#pragma once

#include <map>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"

namespace tests {

/// Virtual time: stops until `advance`, then wakes sleepers in the order of their deadlines
/// (equal ones in the order they fell asleep) and runs the loop dry after each. An hour passes in a
/// millisecond.
class ManualClock : public base::Clock {
  public:
    /// Starts at monotonic zero plus one hour and at 2026-01-01T00:00:00Z.
    explicit ManualClock(boost::asio::io_context& loop);

    [[nodiscard]] base::MonoTime now() const override { return now_; }
    [[nodiscard]] base::WallTime wall_now() const override { return wall_; }
    [[nodiscard]] std::optional<base::KernelClock> kernel_clock() const override { return kernel_; }
    [[nodiscard]] base::Duration asleep() const override { return asleep_; }
    [[nodiscard]] base::Task<void> sleep_until(base::MonoTime deadline) override;

    void advance(base::Duration duration);
    /// Time passes while the loop does not turn: sleepers that are due wake at the next `advance`.
    void skip(base::Duration duration) { move_to(now_ + duration); }
    /// Moves wall time alone, as an administrator or NTP does.
    void step_wall(base::Duration duration) { wall_ += duration; }
    /// The machine sleeps: wall time goes on, and monotonic time does not.
    void sleep_machine(base::Duration duration) {
        asleep_ += duration;
        step_wall(duration);
    }
    /// What the kernel knows of the wall clock from now on; nothing at the start.
    void set_kernel_clock(std::optional<base::KernelClock> kernel) { kernel_ = kernel; }
    /// How many sleeps have ended since the clock was made.
    [[nodiscard]] std::size_t wake_ups() const { return wake_ups_; }

  private:
    void move_to(base::MonoTime moment);
    /// Lets the loop do all that can be done without time going on.
    virtual void run_dry(boost::asio::io_context& loop);

    boost::asio::io_context& loop_;
    base::MonoTime now_;
    base::WallTime wall_;
    base::Duration asleep_{};
    std::optional<base::KernelClock> kernel_;
    std::multimap<base::MonoTime, std::shared_ptr<boost::asio::steady_timer>> sleepers_;
    std::size_t wake_ups_ = 0;
};

}  // namespace tests
