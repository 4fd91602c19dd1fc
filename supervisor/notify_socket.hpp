#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace supervisor {

/// Reports our state to the service manager: systemd's sd_notify(3) protocol, sent to the socket
/// that NOTIFY_SOCKET names. Without one every call succeeds and does nothing. No call blocks; one
/// that cannot be delivered fails with kUnreachable, and does not affect the next.
/// https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
class NotifySocket {
  public:
    /// `address` as in NOTIFY_SOCKET: a path, or '@' and an abstract name; empty for none.
    /// Fails with kBadValue for any other form and kTooLong for one that no socket can have;
    /// with kUnreachable when there is no socket to send from.
    [[nodiscard]] static base::Result<NotifySocket> open(std::string_view address);
    NotifySocket(NotifySocket&& other) noexcept;
    NotifySocket& operator=(NotifySocket&& other) noexcept;
    ~NotifySocket();

    /// The start, or a reload, is complete.
    [[nodiscard]] base::Result<void> ready() const { return send("READY=1"); }
    [[nodiscard]] base::Result<void> stopping() const { return send("STOPPING=1"); }
    /// A reload begins; `ready` reports its end.
    [[nodiscard]] base::Result<void> reloading(base::MonoTime now) const;
    /// One line for people, in `systemctl status`; made printable.
    [[nodiscard]] base::Result<void> status(std::string_view text) const;
    /// The event loop turns.
    [[nodiscard]] base::Result<void> watchdog() const { return send("WATCHDOG=1"); }

    /// Whether there is a service manager to report to.
    [[nodiscard]] bool connected() const { return socket_ >= 0; }

  private:
    NotifySocket(int socket, std::string address);
    [[nodiscard]] base::Result<void> send(std::string_view message) const;

    int socket_ = -1;
    /// As the kernel wants it: an abstract name begins with NUL.
    std::string address_;
};

/// Within what time the manager expects each `watchdog`, from the values of WATCHDOG_USEC and
/// WATCHDOG_PID (null when unset); absent when it expects none, or none of this process.
[[nodiscard]] std::optional<base::Duration> watchdog_interval(const char* usec, const char* pid);

/// Feeds the watchdog twice in each `interval`, until cancelled: that the loop turns is the proof.
[[nodiscard]] base::Task<void> feed_watchdog(base::Clock& clock, const NotifySocket& socket,
                                             base::Duration interval);

}  // namespace supervisor
