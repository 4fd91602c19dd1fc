#include "app/recording_output.hpp"

#include <string>
#include <utility>

#include "base/printable.hpp"
#include "config/supervision.hpp"

namespace app {

std::vector<supervisor::Child> RecordingOutput::services() {
    // The recorder itself is part of the monitor's way to the nodes: there is nothing to restart.
    auto child = supervisor::make_child(std::string{config::kRecorder}, [&clock = core_.clock] {
        return clock.sleep_until(base::MonoTime::max());
    });
    supervisor::HealthCheck health;
    health.probe = [this]() -> base::Task<std::string> {
        co_return core_.recorder->find_problem();
    };
    health.threshold = supervisor::HealthCheck::kNeverUnhealthy;
    child.health = std::move(health);
    std::vector<supervisor::Child> children;
    children.push_back(std::move(child));
    return children;
}

std::vector<logging::LogLine> RecordingOutput::start_lines() const {
    return {logging::LogLine{
        logging::LogLevel::kInfo, "recording", {{"path", base::printable(options_.path, 400)}}}};
}

}  // namespace app
