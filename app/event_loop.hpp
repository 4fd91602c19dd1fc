#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "supervisor/program.hpp"
#include "supervisor/stop_signals.hpp"

namespace app {

/// The event loop of a command, and its signals: made first, so that SIGTERM and SIGINT count
/// from then on, whatever the set-up of the command waits for.
class EventLoop {
  public:
    /// Throws std::system_error.
    EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    ~EventLoop() = default;

    [[nodiscard]] boost::asio::io_context& context() { return context_; }
    [[nodiscard]] boost::asio::any_io_executor executor() { return context_.get_executor(); }
    [[nodiscard]] supervisor::StopSource& signals() { return signals_; }
    [[nodiscard]] static supervisor::ShutdownLimits limits() { return {}; }

    /// Turns until `program` has ended.
    [[nodiscard]] supervisor::ProgramExit run(supervisor::Program& program);
    /// Runs `task` as the only service of a program, which ends with it. `task` is called once.
    [[nodiscard]] supervisor::ProgramExit run(base::Clock& clock, const std::string& name,
                                              std::function<base::Task<void>()> task);

    /// How many handlers the loop has run.
    [[nodiscard]] std::uint64_t handlers() const { return handlers_; }

  private:
    boost::asio::io_context context_{1};
    supervisor::StopSignals signals_;
    std::uint64_t handlers_ = 0;
};

/// The end of a command that has nothing more to print: writes why to standard error unless `exit`
/// is a clean one. Returns its exit code. Does not return when a service was abandoned: that one
/// still hangs in the loop, and destroying what it uses is no way out.
[[nodiscard]] int finish(const supervisor::ProgramExit& exit);
/// The same without a line of its own.
[[nodiscard]] int finish_quietly(const supervisor::ProgramExit& exit);

/// `now` and `limit` later; the end of time when there is no limit.
[[nodiscard]] base::MonoTime deadline(base::MonoTime now,
                                      std::optional<std::chrono::milliseconds> limit);

}  // namespace app
