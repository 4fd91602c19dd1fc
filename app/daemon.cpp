#include "app/daemon.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/printable.hpp"
#include "app/error_line.hpp"
#include "app/exit_code.hpp"
#include "updates/broadcast.hpp"
#include "updates/node_status.hpp"

namespace app {
namespace {

/// The settings besides the nodes that are not the same, by their names in the config file.
std::string changed_settings(const config::Config& before, const config::Config& after) {
    std::string names;
    const auto add = [&](bool is_changed, std::string_view name) {
        if (is_changed) {
            names += names.empty() ? "" : ", ";
            names += name;
        }
    };
    add(before.log.format != after.log.format, "log.format");
    add(before.log.level != after.log.level, "log.level");
    const auto& old = before.monitor;
    const auto& now = after.monitor;
    const bool same_time = old.slot_time.has_value() == now.slot_time.has_value() &&
                           (!old.slot_time || old.slot_time->clock == now.slot_time->clock);
    add(!same_time, "network, genesis_time or slot_duration_ms");
    add(old.event_bytes_max != now.event_bytes_max, "monitor.event_bytes_max");
    add(old.tick_twelfths != now.tick_twelfths, "monitor.tick_twelfths");
    add(before.state_dir != after.state_dir, "monitor.state_dir");
    add(before.metrics != after.metrics, "metrics.address");
    add(before.supervision != after.supervision, "supervision");
    return names;
}

/// Whatever a changed file brings about, the daemon goes on.
base::Result<config::Config> read_config_again(const config::NodeArguments& arguments) {
    try {
        return config::make_config(arguments, config::process_environment, config::FileKinds::kRegular);
    } catch (const std::exception& error) {
        return base::Error{base::ErrorCode::kBadValue, base::printable(error.what(), 400)};
    }
}

std::string_view environment_variable(const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

}  // namespace

Daemon::Daemon(EventLoop& loop, config::NodeArguments arguments, config::Config config,
               std::optional<FileStamp> config_stamp)
    : arguments_{std::move(arguments)},
      config_{std::move(config)},
      log_{config_.log},
      state_{open_state(loop)},
      core_{loop, config_.monitor},
      metrics_endpoint_{core_.clock, [this] { return metrics_page(); }},
      metrics_{open_metrics()},
      hangup_{loop.context(), SIGHUP},
      config_stamp_{config_stamp},
      manager_{supervisor::NotifySocket::open("").value()} {
    core_.follow(config_.candidates);
    auto manager = supervisor::NotifySocket::open(environment_variable("NOTIFY_SOCKET"));
    if (manager) {
        manager_ = std::move(*manager);
    } else {
        told_manager(manager.error());
    }
    program_ = core_.make_program(
        services(), config_.supervision,
        [this](const supervisor::HealthChanged& changed) { health_changed(changed); });
    program_->on_stopping([this](const std::string& cause) {
        log_.write(logging::LogLine{logging::LogLevel::kInfo, "stopping", {{"why", base::printable(cause, 400)}}});
        told_manager(manager_.stopping());
    });
    const auto listener = [this](const updates::Message& message) {
        if (const auto* update = std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
            heard(**update);
        }
    };
    subscription_ = core_.broadcast.listen(listener);
    if (metrics_) {
        collector_ = make_collector();
        metrics_subscription_ = core_.broadcast.listen(
            [this](const updates::Message& message) { collector_->hear(message); });
    }
}

Daemon::~Daemon() = default;

supervisor::Child Daemon::service(std::string_view name, base::Task<void> (Daemon::*body)()) {
    supervisor::Child child;
    child.name = name;
    child.factory = [this, name = std::string{name}, body] {
        return supervisor::make_service(name, [this, body] { return (this->*body)(); });
    };
    return child;
}

std::vector<supervisor::Child> Daemon::services() {
    std::vector<supervisor::Child> children;
    if (!arguments_.config_file.empty()) {
        children.push_back(service(config::kConfigWatch, &Daemon::watch_config));
    }
    children.push_back(service(config::kReloadSignal, &Daemon::wait_for_reload_signal));
    if (manager_.connected()) {
        children.push_back(service(config::kServiceManager, &Daemon::feed_service_manager));
    }
    if (metrics_) {
        std::vector<supervisor::Child> servers;
        servers.push_back(server_child(config::kMetrics, *metrics_));
        children.push_back(supervisor::make_group(std::string{config::kWeb}, std::move(servers)));
    }
    return children;
}

std::unique_ptr<http::Server> Daemon::open_metrics() {
    if (!config_.metrics) {
        return nullptr;
    }
    http::Router router;
    metrics_endpoint_.mount(router);
    try {
        return std::make_unique<http::Server>(
            core_.loop.executor(),
            boost::asio::ip::tcp::endpoint{config_.metrics->host, config_.metrics->port},
            std::move(router), metrics::server_options());
    } catch (const boost::system::system_error& error) {
        throw ListenError{"metrics address " + to_string(*config_.metrics) + ": " +
                          error.code().message() +
                          "; stop what listens there, or choose another one with "
                          "--metrics-address (off: no metrics)"};
    }
}

std::unique_ptr<metrics::Collector> Daemon::make_collector() const {
    metrics::CollectorOptions options;
    for (const supervisor::Status& status : program_->tree().status()) {
        if (!status.is_group) {
            options.services.push_back(status.service);
        }
    }
    options.monitor_service = config::kMonitor;
    options.servers = {metrics_->name()};
    options.version = HEADMON_VERSION;
    options.started = core_.clock.wall_now();
    return std::make_unique<metrics::Collector>(options);
}

std::string Daemon::metrics_page() {
    metrics::Readings readings;
    readings.loop_handlers = core_.loop.handlers();
    readings.http_client_wake_ups = core_.client.wake_ups();
    readings.subscribers = core_.broadcast.load();
    readings.servers.push_back({metrics_->name(), metrics_->limits_met()});
    return collector_->text(readings);
}

int Daemon::run() {
    log_start();
    const auto began = core_.clock.now();
    const auto verdict = core_.loop.run(*program_);
    log_end(verdict, began);
    return finish_quietly(verdict);
}

void Daemon::log_start() {
    log_.write(logging::LogLine{logging::LogLevel::kInfo, "headmon " HEADMON_VERSION " starts", {}});
    for (const std::string& line : program_->tree().describe()) {
        log_.write(logging::LogLine{logging::LogLevel::kInfo, "tree: " + line, {}});
    }
    if (metrics_) {
        const auto address = metrics_->endpoint();
        const std::string where = to_string(config::ListenAddress{address.address(), address.port()});
        log_.write(
            logging::LogLine{logging::LogLevel::kInfo, "metrics served", {{"url", "http://" + where + "/metrics"}}});
    }
    for (const monitor::Candidate& candidate : config_.candidates) {
        log_.write(
            logging::LogLine{logging::LogLevel::kInfo,
                    "following node",
                    {{"node", candidate.id.name()}, {"origin", candidate.endpoint.url.origin()}}});
    }
}

void Daemon::log_end(const supervisor::ProgramExit& verdict, base::MonoTime began) {
    const auto ran =
        std::chrono::duration_cast<std::chrono::milliseconds>(core_.clock.now() - began);
    log_.write(logging::LogLine{verdict.exit_code == kExitOk ? logging::LogLevel::kInfo : logging::LogLevel::kError,
                       "stopped",
                       {{"why", base::printable(verdict.line, 400)},
                        {"exit_code", std::int64_t{verdict.exit_code}},
                        {"ran_ms", std::int64_t{ran.count()}},
                        {"ticks", static_cast<std::int64_t>(core_.runs.ticks())},
                        {"loop_handlers", static_cast<std::int64_t>(core_.loop.handlers())},
                        {"client_wake_ups", static_cast<std::int64_t>(core_.client.wake_ups())}}});
}

base::Task<void> Daemon::watch_config() {
    FileWatch watch{core_.loop.executor(), core_.clock, arguments_.config_file, config_stamp_};
    while (true) {
        co_await watch.changed();
        config_stamp_ = watch.seen();
        reload("file changed");
    }
}

base::Task<void> Daemon::wait_for_reload_signal() {
    while (true) {
        co_await hangup_.async_wait(boost::asio::use_awaitable);
        told_manager(manager_.reloading(core_.clock.now()));
        reload("SIGHUP");
        told_manager(manager_.ready());
    }
}

base::Task<void> Daemon::feed_service_manager() {
    // The loop runs, and whatever is listened on was bound before: nothing else is waited for.
    told_manager(manager_.ready());
    tell_streams();
    const auto interval = supervisor::watchdog_interval(
        std::getenv("WATCHDOG_USEC"),  // NOLINT(concurrency-mt-unsafe)
        std::getenv("WATCHDOG_PID"));  // NOLINT(concurrency-mt-unsafe)
    if (interval) {
        co_await supervisor::feed_watchdog(core_.clock, manager_, *interval);
    }
    co_await core_.clock.sleep_until(base::MonoTime::max());
}

std::unique_ptr<StateKeeper> Daemon::open_state(EventLoop& loop) {
    // What the operator says is not learned, and needs no keeping.
    if (config_.state_dir.empty() || config_.monitor.slot_time) {
        return nullptr;
    }
    const auto warn = [this](std::string_view message, const std::string& problem) {
        log_.write(logging::LogLine{logging::LogLevel::kWarning, std::string{message}, {{"problem", problem}}});
    };
    StateFile file{config_.state_dir};
    std::optional<chain::SlotClock> kept;
    if (const auto read = file.read(); !read) {
        warn("slot time cannot be read from the last start", read.error().detail);
    } else if (*read) {
        kept = *read;
        config_.monitor.remembered_slot_time = updates::SlotTime{**read, updates::SlotTimeSource::kStateFile, std::nullopt};
    }
    const auto on_problem = [warn](const std::string& problem) {
        warn("slot time cannot be kept for the next start", problem);
    };
    return std::make_unique<StateKeeper>(loop.executor(), std::move(file), kept, on_problem);
}

void Daemon::heard(const updates::Update& update) {
    if (const auto* const slot_time = std::get_if<updates::SlotTime>(&update.fact);
        slot_time != nullptr && state_) {
        state_->learned(*slot_time);
    }
    for (const logging::LogLine& line : update_log_.lines(update)) {
        log_.write(line);
    }
    if (std::holds_alternative<updates::RunStarted>(update.fact) ||
        std::holds_alternative<updates::StreamOpened>(update.fact) ||
        std::holds_alternative<updates::StreamEnded>(update.fact)) {
        tell_streams();
    }
}

void Daemon::tell_streams() {
    const auto& nodes = core_.broadcast.snapshot().nodes;
    const auto open = std::count_if(nodes.begin(), nodes.end(), [](const auto& entry) {
        return entry.second.status.state == updates::StreamState::kOpen;
    });
    std::string status =
        std::to_string(open) + " of " + std::to_string(nodes.size()) + " streams open";
    if (status != status_) {
        status_ = std::move(status);
        told_manager(manager_.status(status_));
    }
}

void Daemon::told_manager(const base::Result<void>& sent) {
    if (sent) {
        (void)manager_backoff_.recovered();
    } else if (manager_backoff_.failed()) {
        log_.write(logging::LogLine{logging::LogLevel::kWarning,
                           "the service manager cannot be told how we are",
                           {{"problem", base::printable(sent.error().detail, 200)}}});
    }
}

void Daemon::health_changed(const supervisor::HealthChanged& changed) {
    logging::LogLevel level = logging::LogLevel::kInfo;
    if (changed.health != supervisor::Health::kHealthy) {
        level = logging::LogLevel::kWarning;
    }
    logging::LogLine line{level,
                 "service health",
                 {{"service", changed.service},
                  {"health", std::string{supervisor::to_string(changed.health)}}}};
    if (!changed.detail.empty()) {
        line.fields.push_back(logging::LogField{"detail", changed.detail});
    }
    log_.write(line);
}

void Daemon::reload(std::string_view why) {
    const auto tell = [&](logging::LogLevel level, std::string message, std::vector<logging::LogField> fields) {
        fields.insert(fields.begin(), logging::LogField{"why", std::string{why}});
        log_.write(logging::LogLine{level, std::move(message), std::move(fields)});
    };
    if (arguments_.config_file.empty()) {
        tell(logging::LogLevel::kWarning, "there is no config file to read again; the nodes stay", {});
        return;
    }
    auto read = read_config_again(arguments_);
    if (!read) {
        tell(logging::LogLevel::kError, "the config is broken; the old nodes stay",
             {{"problem", read.error().detail}});
        return;
    }
    const auto replaced = core_.candidates.replace(read->candidates);
    if (!replaced) {
        tell(logging::LogLevel::kError, "the config is broken; the old nodes stay",
             {{"problem", replaced.error().detail}});
        return;
    }
    tell(logging::LogLevel::kInfo,
         *replaced ? "config read again: new nodes" : "config read again: same nodes",
         {{"nodes", static_cast<std::int64_t>(read->candidates.size())}});
    if (const std::string changed = changed_settings(config_, *read); !changed.empty()) {
        tell(logging::LogLevel::kWarning, "these settings take effect after a restart",
             {{"settings", changed}});
    }
}

}  // namespace app
