#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/task.hpp"
#include "supervisor/job.hpp"
#include "supervisor/shutdown.hpp"
#include "supervisor/stop_signals.hpp"
#include "supervisor/supervisor.hpp"

namespace supervisor {

/// Runs a tree until a signal, a fatal end or `stop` ends it, and holds the drain's limit: the
/// thin driver of Shutdown. Lives on the event loop.
class Program {
  public:
    /// `source` and the environment's clock outlive the program. `environment.on_fatal` is called
    /// too when it is set. Throws as Supervisor does.
    Program(std::string name, Environment environment, std::vector<Child> children,
            StopSource& source, ShutdownLimits limits);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() = default;

    /// Called once when the drain begins, before any service is told to end.
    void on_stopping(std::function<void(const std::string& cause)> listener);
    /// The program's own wish to stop; `why` is for the last line.
    void stop(std::string why);

    /// Once. A signal that came before it is told here: then nothing is started. When the verdict
    /// says that something is left behind, it still hangs in the event loop.
    [[nodiscard]] base::Task<Verdict> run();

    [[nodiscard]] const Supervisor& tree() const { return root_; }

  private:
    [[nodiscard]] Environment with_our_listener(Environment environment);
    [[nodiscard]] base::Task<void> wait_for_change(const Job& job);
    void take_signals();
    /// Carries out what the state asks for, whatever changed it.
    void settle(Job* job);
    [[nodiscard]] std::vector<std::string> running() const;

    base::Clock& clock_;
    boost::asio::any_io_executor executor_;
    StopSource& source_;
    ShutdownLimits limits_;
    Shutdown shutdown_;
    base::Notify changed_;
    std::function<void(const std::string&)> on_stopping_;
    bool told_to_end_ = false;
    Supervisor root_;
};

}  // namespace supervisor
