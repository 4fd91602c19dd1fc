#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <boost/asio/signal_set.hpp>

#include "app/candidates_keeper.hpp"
#include "app/core.hpp"
#include "app/file_watch.hpp"
#include "app/systemd.hpp"
#include "base/task.hpp"
#include "config/config.hpp"
#include "logging/log.hpp"
#include "supervisor/service.hpp"

namespace app {

/// Reads the config file again when it changes and on SIGHUP: a changed list of nodes takes effect
/// at once, other settings after a restart, and whatever is wrong leaves all as it is. Each reload
/// has its lines in the log. Lives on the event loop.
class ConfigReloader {
  public:
    /// `config` is the one in force, of which the outputs were made; it, `core`, `candidates`,
    /// `log` and `systemd` outlive this. `stamp` is the file's as it was read.
    ConfigReloader(Core& core, CandidatesKeeper& candidates, logging::Log& log, Systemd& systemd,
                   config::Settings command_line, const config::Config& config,
                   std::optional<FileStamp> stamp);
    ConfigReloader(const ConfigReloader&) = delete;
    ConfigReloader& operator=(const ConfigReloader&) = delete;

    /// What waits for the file to change, where there is one, and for SIGHUP.
    [[nodiscard]] std::vector<supervisor::Child> services();

  private:
    [[nodiscard]] base::Task<void> watch_file();
    [[nodiscard]] base::Task<void> wait_for_signal();
    /// `why` is for the log.
    void reload(std::string_view why);

    Core& core_;
    CandidatesKeeper& candidates_;
    logging::Log& log_;
    Systemd& systemd_;
    config::Settings command_line_;
    const config::Config& config_;
    std::optional<FileStamp> stamp_;
    boost::asio::signal_set hangup_;
};

}  // namespace app
