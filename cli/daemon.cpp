#include "cli/daemon.hpp"

#include <csignal>
#include <utility>

#include "cli/error_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/loop.hpp"

namespace cli {
namespace {

/// The settings besides the nodes that are not the same, by their names in the config file.
std::string changed_settings(const Config& before, const Config& after) {
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
    return names;
}

}  // namespace

Daemon::Daemon(NodeArguments arguments, Config config, std::optional<FileStamp> config_stamp)
    : arguments_{std::move(arguments)},
      config_{std::move(config)},
      log_{config_.log},
      core_{config_.monitor},
      hangup_{core_.loop, SIGHUP} {
    core_.follow(config_.candidates);
    if (!arguments_.config_file.empty()) {
        watch_.emplace(core_.loop.get_executor(), core_.clock, arguments_.config_file,
                       config_stamp);
    }
    const auto listener = [this](const monitor::Message& message) {
        if (const auto* update = std::get_if<std::shared_ptr<const monitor::Update>>(&message)) {
            for (const LogLine& line : update_log_.lines(**update)) {
                log_.write(line);
            }
        }
    };
    subscription_ = core_.broadcast.listen(listener);
}

Daemon::~Daemon() = default;

int Daemon::run() {
    log_.write(LogLine{LogLevel::kInfo, "headmon " HEADMON_VERSION " starts", {}});
    for (const monitor::Candidate& candidate : config_.candidates) {
        log_.write(
            LogLine{LogLevel::kInfo,
                    "following node",
                    {{"node", candidate.id.name()}, {"origin", candidate.endpoint.url.origin()}}});
    }
    const auto begin = core_.clock.now();
    const std::uint64_t handlers = run_until_signal(core_.loop, run_services());
    const auto ran =
        std::chrono::duration_cast<std::chrono::milliseconds>(core_.clock.now() - begin);
    log_.write(LogLine{LogLevel::kInfo,
                       "stopped",
                       {{"ran_ms", ran.count()},
                        {"ticks", static_cast<std::int64_t>(core_.service.ticks())},
                        {"loop_handlers", static_cast<std::int64_t>(handlers)},
                        {"client_wake_ups", static_cast<std::int64_t>(core_.client.wake_ups())}}});
    return kExitOk;
}

base::Task<void> Daemon::run_services() {
    return base::run_all(core_.service.run(), reload_on_signal(), reload_on_change());
}

base::Task<void> Daemon::reload_on_signal() {
    while (true) {
        co_await hangup_.async_wait(boost::asio::use_awaitable);
        reload("SIGHUP");
    }
}

base::Task<void> Daemon::reload_on_change() {
    while (watch_) {
        co_await watch_->changed();
        reload("file changed");
    }
}

void Daemon::reload(std::string_view why) {
    const auto tell = [&](LogLevel level, std::string message, std::vector<LogField> fields) {
        fields.insert(fields.begin(), LogField{"why", std::string{why}});
        log_.write(LogLine{level, std::move(message), std::move(fields)});
    };
    if (arguments_.config_file.empty()) {
        tell(LogLevel::kWarning, "there is no config file to read again; the nodes stay", {});
        return;
    }
    auto read = make_config(arguments_, process_environment);
    if (!read) {
        tell(LogLevel::kError, "the config is broken; the old nodes stay",
             {{"problem", read.error().detail}});
        return;
    }
    const auto replaced = core_.candidates.replace(read->candidates);
    if (!replaced) {
        tell(LogLevel::kError, "the config is broken; the old nodes stay",
             {{"problem", replaced.error().detail}});
        return;
    }
    tell(LogLevel::kInfo,
         *replaced ? "config read again: new nodes" : "config read again: same nodes",
         {{"nodes", static_cast<std::int64_t>(read->candidates.size())}});
    if (const std::string changed = changed_settings(config_, *read); !changed.empty()) {
        tell(LogLevel::kWarning, "these settings take effect after a restart",
             {{"settings", changed}});
    }
}

int run_daemon(const RunArguments& arguments) {
    const auto stamp = arguments.nodes.config_file.empty()
                           ? std::nullopt
                           : read_stamp(arguments.nodes.config_file);
    auto config = make_config(arguments.nodes, process_environment);
    if (!config) {
        return usage_error(config.error().detail);
    }
    Daemon daemon{arguments.nodes, std::move(*config), stamp};
    return daemon.run();
}

}  // namespace cli
