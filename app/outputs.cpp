#include "app/outputs.hpp"

#include "app/api_output.hpp"
#include "app/fleet_output.hpp"
#include "app/history_output.hpp"
#include "app/log_output.hpp"
#include "app/metrics_output.hpp"
#include "app/recording_output.hpp"
#include "app/state_output.hpp"

namespace app {

// A new output is added here and nowhere else.
Outputs make_outputs(const OutputContext& context) {
    const auto& [core, log, config, candidates] = context;
    Outputs outputs;
    if (keeps_slot_time(config)) {
        outputs.push_back(std::make_unique<StateOutput>(core, log, config));
    }
    outputs.push_back(std::make_unique<LogOutput>(core.broadcast, log));
    if (config.metrics.address) {
        outputs.push_back(std::make_unique<MetricsOutput>(core, log, *config.metrics.address));
    }
    if (config.api.address) {
        outputs.push_back(std::make_unique<ApiOutput>(core, config.api,
                                                      open_candidates_access(candidates, config)));
    }
    if (!config.history.path.empty()) {
        outputs.push_back(std::make_unique<HistoryOutput>(core, log, config.history,
                                                          !config.fleet.servers.empty()));
    }
    if (!config.fleet.servers.empty()) {
        outputs.push_back(std::make_unique<FleetOutput>(core, config.fleet));
    }
    if (core.recorder) {
        outputs.push_back(std::make_unique<RecordingOutput>(core, config.recording));
    }
    return outputs;
}

}  // namespace app
