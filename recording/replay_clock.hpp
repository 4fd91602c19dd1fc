#pragma once

#include <map>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"

namespace recording {

/// The time of a recording: it stands until it is moved on. Whoever sleeps wakes in `wake`, and not
/// before. Lives on the replay's loop.
class ReplayClock final : public base::Clock {
  public:
    explicit ReplayClock(boost::asio::any_io_executor executor) : executor_{std::move(executor)} {}

    [[nodiscard]] base::MonoTime now() const override { return now_.mono; }
    [[nodiscard]] base::WallTime wall_now() const override { return now_.wall; }
    [[nodiscard]] base::Task<void> sleep_until(base::MonoTime deadline) override;

    void move_to(base::Instant now) { now_ = now; }
    /// Wakes all whose deadline has come; they go on when the loop runs.
    void wake();
    /// When the next sleeper is to wake.
    [[nodiscard]] std::optional<base::MonoTime> next_deadline() const;

  private:
    boost::asio::any_io_executor executor_;
    base::Instant now_{};
    std::multimap<base::MonoTime, std::shared_ptr<boost::asio::steady_timer>> sleepers_;
};

}  // namespace recording
