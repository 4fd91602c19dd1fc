#pragma once

#include <optional>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "supervisor/shutdown.hpp"

namespace supervisor {

/// Where signals to stop come from, and the alarm that ends what they could not.
class StopSource {
  public:
    StopSource() = default;
    StopSource(const StopSource&) = delete;
    StopSource& operator=(const StopSource&) = delete;
    virtual ~StopSource() = default;

    /// The next signal that came and was not taken yet.
    [[nodiscard]] virtual std::optional<int> take() = 0;
    /// Returns when there may be a signal to take.
    [[nodiscard]] virtual base::Task<void> wait() = 0;
    /// The process ends in `left` at the latest; an alarm that is due earlier stays. `cause` is
    /// then the last line, on stderr.
    virtual void arm(base::Duration left, std::string_view cause) = 0;
};

/// SIGTERM and SIGINT of this process. Made first, before anything that may block: from then on
/// the handler itself arms the alarm (a POSIX timer and SIGALRM), whether the loop turns or not.
///
/// Not through asio's signal_set: that installs its own handler, which only writes to a pipe, and
/// one signal has one handler. Ours does both. So nobody else in the process may handle SIGTERM,
/// SIGINT or SIGALRM; other signals (SIGHUP) are free for a signal_set. One object at a time; its
/// end restores the handlers of before, and leaves an armed alarm armed.
class StopSignals final : public StopSource {
  public:
    /// Throws std::system_error.
    StopSignals(const boost::asio::any_io_executor& executor, ShutdownLimits limits);
    ~StopSignals() override;

    [[nodiscard]] std::optional<int> take() override;
    [[nodiscard]] base::Task<void> wait() override;
    void arm(base::Duration left, std::string_view cause) override;

  private:
    boost::asio::posix::stream_descriptor pipe_;
};

}  // namespace supervisor
