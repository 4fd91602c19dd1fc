#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/candidates_keeper.hpp"
#include "app/config_reloader.hpp"
#include "app/core.hpp"
#include "app/event_loop.hpp"
#include "app/file_watch.hpp"
#include "app/outputs.hpp"
#include "app/systemd.hpp"
#include "config/config.hpp"
#include "logging/log.hpp"
#include "supervisor/program.hpp"

namespace app {

/// `headmon run`: owns everything that the daemon is made of, and is the one place where its wiring
/// can be read.
///
/// The core (nodes to updates) publishes to the broadcast; the outputs and the service manager's
/// status line listen. All that runs is a service under one supervisor: the monitor, what reads the
/// config file again, what reports to the service manager, and the services of the outputs.
class Daemon {
  public:
    using MakeOutputs = std::function<Outputs(const OutputContext&)>;

    /// `config` is what `command_line` asks for, and `config_stamp` the config file's as it was
    /// read. Throws ListenError when an address cannot be listened on, another std::exception when
    /// something else cannot be set up; nothing runs yet.
    Daemon(EventLoop& loop, config::Settings command_line, config::Config config,
           std::optional<FileStamp> config_stamp, const MakeOutputs& make = make_outputs);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();

    /// Runs until SIGTERM, SIGINT or a fatal end. Returns the exit code.
    [[nodiscard]] int run();

  private:
    [[nodiscard]] std::unique_ptr<supervisor::Program> make_program();
    void log_start();
    void log_end(const supervisor::ProgramExit& exit, base::MonoTime began);

    logging::Log log_;
    config::Config config_;
    Core core_;
    CandidatesKeeper candidates_;
    Systemd systemd_;
    ConfigReloader reloader_;
    Outputs outputs_;
    std::unique_ptr<supervisor::Program> program_;
};

}  // namespace app
