#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/core.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "logging/line_backoff.hpp"
#include "logging/log.hpp"
#include "supervisor/notify_socket.hpp"
#include "supervisor/service.hpp"
#include "updates/broadcast.hpp"

namespace app {

/// Reports to the service manager: that we are ready, reloading, stopping and alive, and how many
/// streams are open. Without one it does nothing. What cannot be delivered is a warning in the log,
/// at the 1st, 2nd, 4th, 8th, … failure in a row. Lives on the event loop.
class Systemd {
  public:
    /// `notify_socket` as in NOTIFY_SOCKET. `core` and `log` outlive it.
    Systemd(Core& core, logging::Log& log, std::string_view notify_socket);
    Systemd(const Systemd&) = delete;
    Systemd& operator=(const Systemd&) = delete;

    /// What reports that we are ready, once it runs, and feeds the watchdog.
    [[nodiscard]] std::vector<supervisor::Child> services();

    void reloading();
    /// The start, or a reload, is complete.
    void ready();
    void stopping();

  private:
    [[nodiscard]] base::Task<void> feed();
    void report_streams();
    void record_sent(const base::Result<void>& sent);

    Core& core_;
    logging::Log& log_;
    supervisor::NotifySocket socket_;
    logging::LineBackoff backoff_;
    /// The status line that was sent last.
    std::string status_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

}  // namespace app
