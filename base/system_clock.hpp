#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"

namespace base {

/// The machine's clocks.
class SystemClock final : public Clock {
  public:
    explicit SystemClock(asio::any_io_executor executor);

    [[nodiscard]] MonoTime now() const override;
    [[nodiscard]] WallTime wall_now() const override;
    [[nodiscard]] std::optional<KernelClock> kernel_clock() const override;
    [[nodiscard]] Duration asleep() const override;
    [[nodiscard]] Task<void> sleep_until(MonoTime deadline) override;

  private:
    asio::any_io_executor executor_;
};

}  // namespace base
