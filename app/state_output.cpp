#include "app/state_output.hpp"

#include <string>
#include <utility>
#include <variant>

#include "app/update_listener.hpp"

namespace app {
namespace {

void warn(logging::Log& log, std::string message, const std::string& problem) {
    log.write(
        logging::LogLine{logging::LogLevel::kWarning, std::move(message), {{"problem", problem}}});
}

std::optional<chain::SlotClock> kept_in(const config::Config& config) {
    const auto& kept = config.monitor.remembered_slot_time;
    return kept ? std::optional{kept->clock} : std::nullopt;
}

}  // namespace

bool keeps_slot_time(const config::Config& config) {
    return !config.state.directory.empty() && !config.monitor.slot_time;
}

config::Config with_kept_slot_time(config::Config config, logging::Log& log) {
    if (!keeps_slot_time(config)) {
        return config;
    }
    const auto kept = StateFile{config.state.directory}.read();
    if (!kept) {
        warn(log, "slot time cannot be read from the last start", kept.error().detail);
    } else if (*kept) {
        config.monitor.remembered_slot_time =
            updates::SlotTime{**kept, updates::SlotTimeSource::kStateFile, std::nullopt};
    }
    return config;
}

StateOutput::StateOutput(Core& core, logging::Log& log, const config::Config& config)
    : keeper_{core.loop.executor(), StateFile{config.state.directory}, kept_in(config),
              [&log](const std::string& problem) {
                  warn(log, "slot time cannot be kept for the next start", problem);
              }} {
    subscription_ = listen_to_updates(core.broadcast, [this](const updates::Update& update) {
        if (const auto* slot_time = std::get_if<updates::SlotTime>(&update.fact)) {
            keeper_.record(*slot_time);
        }
    });
}

}  // namespace app
