#pragma once

#include <memory>
#include <stdexcept>
#include <vector>

#include "logging/log.hpp"
#include "supervisor/supervisor.hpp"

namespace app {

/// An address cannot be listened on: the configuration is wrong, or another program is there.
struct ListenError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One output of the daemon: the log, the metrics. It subscribes to the broadcast by itself and
/// brings the services that it needs. Lives on the event loop; made before the program and
/// destroyed after it.
class Output {
  public:
    Output() = default;
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    virtual ~Output() = default;

    /// The services that it needs while the daemon runs. Called once.
    [[nodiscard]] virtual std::vector<supervisor::Child> services() { return {}; }
    /// Its HTTP servers: they run in the group `web`. Called once.
    [[nodiscard]] virtual std::vector<supervisor::Child> servers() { return {}; }
    /// The tree of all services is built; nothing runs yet. Called once, after `services` and
    /// `servers`.
    virtual void on_tree(const supervisor::Supervisor& /*tree*/) {}
    /// What it adds to the log when the daemon starts.
    [[nodiscard]] virtual std::vector<logging::LogLine> start_lines() const { return {}; }
};

using Outputs = std::vector<std::unique_ptr<Output>>;

}  // namespace app
