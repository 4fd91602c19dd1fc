#include "app/systemd.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "app/update_listener.hpp"
#include "base/printable.hpp"
#include "chain/spec.hpp"
#include "config/supervision.hpp"
#include "updates/kind.hpp"

namespace app {

Systemd::Systemd(Core& core, logging::Log& log, std::string_view notify_socket)
    : core_{core}, log_{log}, socket_{supervisor::NotifySocket::open("").value()} {
    if (auto socket = supervisor::NotifySocket::open(notify_socket)) {
        socket_ = std::move(*socket);
    } else {
        record_sent(socket.error());
    }
    if (!socket_.connected()) {
        return;
    }
    subscription_ = listen_to_updates(core.broadcast, [this](const updates::Update& update) {
        const updates::Kind kind = updates::kind_of(update.fact);
        if (kind == updates::Kind::kRunStarted || kind == updates::Kind::kStreamOpened ||
            kind == updates::Kind::kStreamEnded) {
            report_streams();
        }
    });
}

std::vector<supervisor::Child> Systemd::services() {
    std::vector<supervisor::Child> children;
    if (socket_.connected()) {
        children.push_back(supervisor::make_child(std::string{config::kServiceManager},
                                                  [this] { return feed(); }));
    }
    return children;
}

void Systemd::reloading() {
    record_sent(socket_.reloading(core_.clock.now()));
}

void Systemd::ready() {
    record_sent(socket_.ready());
}

void Systemd::stopping() {
    record_sent(socket_.stopping());
}

base::Task<void> Systemd::feed() {
    // The loop runs, and whatever is listened on was bound before: nothing else is waited for.
    ready();
    report_streams();
    const auto interval = supervisor::watchdog_interval(
        std::getenv("WATCHDOG_USEC"),  // NOLINT(concurrency-mt-unsafe)
        std::getenv("WATCHDOG_PID"));  // NOLINT(concurrency-mt-unsafe)
    if (interval) {
        co_await supervisor::feed_watchdog(core_.clock, socket_, *interval);
    }
    co_await core_.clock.sleep_until(base::MonoTime::max());
}

void Systemd::report_streams() {
    const auto& nodes = core_.broadcast.snapshot().nodes;
    const auto open = std::count_if(nodes.begin(), nodes.end(), [](const auto& entry) {
        return entry.second.status.state == updates::StreamState::kOpen;
    });
    std::string status =
        std::to_string(open) + " of " + std::to_string(nodes.size()) + " streams open";
    if (status != status_) {
        status_ = std::move(status);
        record_sent(socket_.status(status_));
    }
}

void Systemd::record_sent(const base::Result<void>& sent) {
    if (sent) {
        (void)backoff_.well(core_.clock.now());
    } else if (backoff_.failed(core_.clock.now(), chain::kDefaultSlotDuration)) {
        log_.write(logging::LogLine{logging::LogLevel::kWarning,
                                    "service manager cannot be notified",
                                    {{"problem", base::printable(sent.error().detail, 200)}}});
    }
}

}  // namespace app
