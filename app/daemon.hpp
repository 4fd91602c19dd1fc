#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/signal_set.hpp>

#include "base/task.hpp"
#include "config/config.hpp"
#include "app/core.hpp"
#include "app/file_watch.hpp"
#include "logging/log.hpp"
#include "app/event_loop.hpp"
#include "app/state_file.hpp"
#include "logging/update_log.hpp"
#include "http/server.hpp"
#include "metrics/collector.hpp"
#include "metrics/endpoint.hpp"
#include "supervisor/notify_socket.hpp"
#include "updates/broadcast.hpp"

namespace app {

/// An address cannot be listened on: the configuration is wrong, or another program is there.
struct ListenError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// `headmon run`: owns everything that the daemon is made of, and is the one place where its wiring
/// can be read.
///
/// Core (nodes to updates) publishes to the broadcast; the log, the service manager's status and
/// the metrics listen. All that runs is a service under one supervisor: the monitor, what reads the
/// config file again (it changes, or SIGHUP comes), and what feeds the service manager.
class Daemon {
  public:
    /// Throws ListenError when an address cannot be listened on, another std::exception when
    /// something else cannot be set up; nothing runs yet.
    Daemon(EventLoop& loop, config::NodeArguments arguments, config::Config config,
           std::optional<FileStamp> config_stamp);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();

    /// Runs until SIGTERM, SIGINT or a fatal end. Returns the exit code.
    [[nodiscard]] int run();

  private:
    [[nodiscard]] std::vector<supervisor::Child> services();
    [[nodiscard]] supervisor::Child service(std::string_view name,
                                            base::Task<void> (Daemon::*body)());
    [[nodiscard]] base::Task<void> watch_config();
    [[nodiscard]] base::Task<void> wait_for_reload_signal();
    [[nodiscard]] base::Task<void> feed_service_manager();

    /// `why` is for the log. Whatever goes wrong leaves the list in force.
    void reload(std::string_view why);
    /// Reads what the last start has kept into the monitor's options; who keeps it from now on, or
    /// nobody where nothing is to be kept.
    [[nodiscard]] std::unique_ptr<StateKeeper> open_state(EventLoop& loop);
    /// Binds the address of `/metrics`, where there is to be one.
    [[nodiscard]] std::unique_ptr<http::Server> open_metrics();
    [[nodiscard]] std::unique_ptr<metrics::Collector> make_collector() const;
    [[nodiscard]] std::string metrics_page();
    void heard(const updates::Update& update);
    void health_changed(const supervisor::HealthChanged& changed);
    void tell_streams();
    /// Logs, now and then, that the service manager does not hear us.
    void told_manager(const base::Result<void>& sent);
    void log_start();
    void log_end(const supervisor::ProgramExit& verdict, base::MonoTime began);

    config::NodeArguments arguments_;
    config::Config config_;
    logging::Log log_;
    logging::UpdateLog update_log_;
    std::unique_ptr<StateKeeper> state_;
    Core core_;
    metrics::Endpoint metrics_endpoint_;
    /// Absent where there are no metrics.
    std::unique_ptr<http::Server> metrics_;
    std::unique_ptr<metrics::Collector> collector_;
    boost::asio::signal_set hangup_;
    /// Of the config file as it was read last.
    std::optional<FileStamp> config_stamp_;
    supervisor::NotifySocket manager_;
    logging::WarningBackoff manager_backoff_;
    /// What the service manager was told last.
    std::string status_;
    std::unique_ptr<supervisor::Program> program_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
    std::unique_ptr<updates::Broadcast::Subscription> metrics_subscription_;
};

}  // namespace app
