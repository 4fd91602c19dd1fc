#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/signal_set.hpp>

#include "base/task.hpp"
#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/core.hpp"
#include "cli/file_watch.hpp"
#include "cli/log.hpp"
#include "cli/update_log.hpp"

namespace cli {

/// `headmon run`: owns everything that the daemon is made of, and is the one place where its wiring
/// can be read.
///
/// Core (nodes to updates) publishes to the broadcast; the log listens. The candidate list is
/// replaced when the config file changes or SIGHUP comes.
class Daemon {
  public:
    /// Throws std::exception when something cannot be set up; nothing runs yet.
    Daemon(NodeArguments arguments, Config config, std::optional<FileStamp> config_stamp);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();

    /// Runs until SIGTERM or SIGINT. Returns the exit code.
    [[nodiscard]] int run();

  private:
    [[nodiscard]] base::Task<void> run_services();
    [[nodiscard]] base::Task<void> reload_on_signal();
    [[nodiscard]] base::Task<void> reload_on_change();
    /// `why` is for the log. Whatever goes wrong leaves the list in force.
    void reload(std::string_view why);

    NodeArguments arguments_;
    Config config_;
    Log log_;
    UpdateLog update_log_;
    Core core_;
    boost::asio::signal_set hangup_;
    std::optional<FileWatch> watch_;
    std::unique_ptr<monitor::Broadcast::Subscription> subscription_;
};

[[nodiscard]] int run_daemon(const RunArguments& arguments);

}  // namespace cli
