#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/task.hpp"
#include "supervisor/shutdown.hpp"
#include "supervisor/spawned_task.hpp"
#include "supervisor/stop_signals.hpp"
#include "supervisor/supervisor.hpp"

namespace supervisor {

/// Runs a tree until a signal, a fatal end or `stop` ends it, and holds the drain's limit: the
/// thin driver of Shutdown. Lives on the event loop.
class Program {
  public:
    /// `source` and the environment's clock outlive the program. `environment.on_fatal` and
    /// `environment.on_done` are called too when they are set. Throws as Supervisor does.
    Program(std::string name, Environment environment, std::vector<Child> children,
            StopSource& source, ShutdownLimits limits);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() = default;

    /// Called once when the drain begins, before any service is cancelled.
    void on_stopping(std::function<void(const std::string& cause)> listener);
    /// Stops the program from inside, with exit code 0; `why` is for the last line. A service whose
    /// end is to stop the program needs no call of this: it is of Kind::kMain.
    void stop(std::string why);

    /// Once. A signal that came before is read first: then nothing is started. What was abandoned
    /// still hangs in the event loop.
    [[nodiscard]] base::Task<ProgramExit> run();

    [[nodiscard]] const Supervisor& tree() const { return root_; }

  private:
    [[nodiscard]] Environment with_our_listeners(Environment environment);
    [[nodiscard]] base::Task<void> wait_for_change(const SpawnedTask& root);
    void take_signals();
    /// Carries out what the state requires, whatever changed it. `root` is null before the start.
    void settle(SpawnedTask* root);
    [[nodiscard]] std::vector<std::string> running() const;

    base::Clock& clock_;
    boost::asio::any_io_executor executor_;
    StopSource& source_;
    ShutdownLimits limits_;
    Shutdown shutdown_;
    base::Notify changed_;
    std::function<void(const std::string&)> on_stopping_;
    bool is_ending_ = false;
    Supervisor root_;
};

}  // namespace supervisor
