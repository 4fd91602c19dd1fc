#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace supervisor {

/// How long an end may take.
struct ShutdownLimits {
    /// From the first signal, or another wish to stop.
    base::Duration drain = std::chrono::seconds{10};
    /// From a fatal end.
    base::Duration drain_after_fatal = std::chrono::seconds{3};
    /// How long after the drain's end the alarm comes, for a loop that no longer turns.
    base::Duration alarm_behind = std::chrono::seconds{1};
};

/// How the program ended.
struct ProgramExit {
    /// 0: somebody asked for the stop and all ended well within the drain. Else 1.
    int exit_code = 0;
    /// Who ended it and why: `stopped by SIGTERM`, `ended by monitor: failed: …`.
    std::string line;
    /// Services still ran when the drain was over: the process is left without destroying anything
    /// (`std::_Exit`), as what they hold cannot be waited for.
    bool abandoned = false;
};

/// `SIGTERM`, `SIGINT`, else the number.
[[nodiscard]] std::string signal_name(int signal);

/// The rules of ending. Pure state: it is given what happens and when, and answers until when to
/// wait.
/// docs/supervision.md has it as a table.
class Shutdown {
  public:
    enum class Phase : std::uint8_t {
        kRunning,
        /// The services have been cancelled, and may take until the deadline.
        kDraining,
        kOver,
    };

    explicit Shutdown(ShutdownLimits limits);

    /// The first one starts the drain, a second one ends it.
    void signalled(int signal, base::MonoTime now);
    /// The program's own wish to stop, e.g. "30s are over". Starts the drain, once.
    void asked(std::string why, base::MonoTime now);
    /// The program cannot go on. Starts the drain, or brings its end closer.
    void fatal(const std::string& service, const std::string& reason, base::MonoTime now);
    /// The tree has ended.
    void ended();
    /// Time has passed: at the deadline it is over.
    void passed(base::MonoTime now);

    [[nodiscard]] Phase phase() const { return phase_; }
    /// When the drain is over. Only ever moves closer.
    [[nodiscard]] std::optional<base::MonoTime> deadline() const { return deadline_; }
    /// Who ended it and why, so far: the last line, should the alarm end the process.
    [[nodiscard]] std::string cause() const;
    /// `running` are the services that have not ended.
    [[nodiscard]] ProgramExit program_exit(const std::vector<std::string>& running) const;

  private:
    void start_drain(base::Duration limit, base::MonoTime now);

    ShutdownLimits limits_;
    Phase phase_ = Phase::kRunning;
    std::optional<base::MonoTime> deadline_;
    base::MonoTime drain_began_;
    /// How long the drain was, when it ran out.
    std::optional<base::Duration> timed_out_after_;
    /// "stopped by SIGTERM" or "ended by monitor: …": what came first.
    std::string first_cause_;
    /// Empty, or what came on top of it.
    std::string later_cause_;
    int signals_ = 0;
    bool is_fatal_ = false;
};

}  // namespace supervisor
