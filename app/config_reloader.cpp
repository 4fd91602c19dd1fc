#include "app/config_reloader.hpp"

#include <csignal>
#include <exception>
#include <string>
#include <utility>

#include <boost/asio/use_awaitable.hpp>

#include "base/printable.hpp"
#include "config/settings_table.hpp"
#include "config/supervision.hpp"

namespace app {
namespace {

/// Whatever a changed file brings about, the daemon goes on.
base::Result<config::Config> read_config_again(const config::Settings& command_line) {
    try {
        return config::make_config(command_line, config::process_environment,
                                   files::FileKinds::kRegular);
    } catch (const std::exception& error) {
        return base::bad_value(base::printable(error.what(), 400));
    }
}

const char* message_of(CandidatesKeeper::ConfigUse use) {
    switch (use) {
        case CandidatesKeeper::ConfigUse::kNewNodes:
            return "config read again: new nodes";
        case CandidatesKeeper::ConfigUse::kSameNodes:
            return "config read again: same nodes";
        case CandidatesKeeper::ConfigUse::kSavedStay:
            return "config read again: same content, so the nodes that were set over the API stay";
    }
    return "";
}

}  // namespace

ConfigReloader::ConfigReloader(Core& core, CandidatesKeeper& candidates, logging::Log& log,
                               Systemd& systemd, config::Settings command_line,
                               const config::Config& config, std::optional<FileStamp> stamp)
    : core_{core},
      candidates_{candidates},
      log_{log},
      systemd_{systemd},
      command_line_{std::move(command_line)},
      config_{config},
      stamp_{stamp},
      hangup_{core.loop.context(), SIGHUP} {}

std::vector<supervisor::Child> ConfigReloader::services() {
    std::vector<supervisor::Child> children;
    if (!command_line_.config_file.empty()) {
        children.push_back(supervisor::make_child(std::string{config::kConfigWatch},
                                                  [this] { return watch_file(); }));
    }
    children.push_back(supervisor::make_child(std::string{config::kReloadSignal},
                                              [this] { return wait_for_signal(); }));
    return children;
}

base::Task<void> ConfigReloader::watch_file() {
    FileWatch watch{core_.clock, command_line_.config_file, stamp_};
    while (true) {
        co_await watch.changed();
        stamp_ = watch.seen();
        reload("file changed");
    }
}

base::Task<void> ConfigReloader::wait_for_signal() {
    while (true) {
        co_await hangup_.async_wait(boost::asio::use_awaitable);
        systemd_.reloading();
        reload("SIGHUP");
        systemd_.ready();
    }
}

void ConfigReloader::reload(std::string_view why) {
    const auto log = [&](logging::LogLevel level, std::string message,
                         std::vector<logging::LogField> fields) {
        fields.insert(fields.begin(), logging::LogField{"why", std::string{why}});
        log_.write(logging::LogLine{level, std::move(message), std::move(fields)});
    };
    if (command_line_.config_file.empty()) {
        log(logging::LogLevel::kWarning, "there is no config file to read again; the nodes stay",
            {});
        return;
    }
    auto read = read_config_again(command_line_);
    if (!read) {
        log(logging::LogLevel::kError, "the config is broken; the old nodes stay",
            {{"problem", read.error().detail}});
        return;
    }
    const auto used = candidates_.take_config(*read);
    if (!used) {
        log(logging::LogLevel::kError, "the config is broken; the old nodes stay",
            {{"problem", used.error().detail}});
        return;
    }
    log(logging::LogLevel::kInfo, message_of(*used),
        {{"nodes", static_cast<std::int64_t>(candidates_.nodes().size())}});
    if (const std::string changed = config::changed_settings(config_, *read); !changed.empty()) {
        log(logging::LogLevel::kWarning, "these settings take effect after a restart",
            {{"settings", changed}});
    }
}

}  // namespace app
