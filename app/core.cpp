#include "app/core.hpp"

#include <iterator>
#include <stdexcept>
#include <utility>

namespace app {

namespace {

std::unique_ptr<recording::Recorder> make_recorder(Core& core,
                                                   const monitor::MonitorOptions& monitor,
                                                   const config::RecordingOptions& recording) {
    if (recording.path.empty()) {
        return nullptr;
    }
    recording::RecorderOptions options;
    options.directory = recording.path;
    options.limits.age_max = recording.age;
    options.limits.bytes_max = recording.bytes;
    options.version = HEADMON_VERSION;
    return std::make_unique<recording::Recorder>(core.clock, core.client, core.candidates, monitor,
                                                 core.broadcast, std::move(options));
}

}  // namespace

Core::Core(EventLoop& program_loop, const monitor::MonitorOptions& options,
           const config::RecordingOptions& recording, std::uint64_t seed)
    : loop{program_loop},
      node_access{client, options.extra_topics},
      recorder{make_recorder(*this, options, recording)},
      monitor{loop.executor(), clock,     recorder ? recorder->access() : node_access,
              candidates,      broadcast, options,
              recorder.get()},
      runs{monitor.options, recorder ? recorder->now() : clock.instant()},
      restart_seed{seed} {}

void Core::follow(std::vector<monitor::Candidate> nodes) {
    if (const auto replaced = candidates.replace(std::move(nodes)); !replaced) {
        throw std::invalid_argument{replaced.error().detail};
    }
}

std::unique_ptr<supervisor::Program> Core::make_program(std::vector<supervisor::Child> others,
                                                        const config::Supervision& supervision) {
    std::vector<supervisor::Child> children;
    children.push_back(monitor_child(monitor, runs));
    std::move(others.begin(), others.end(), std::back_inserter(children));
    configure(children, supervision);
    supervisor::Environment environment;
    environment.executor = loop.executor();
    environment.clock = &clock;
    environment.seed = restart_seed;
    publish_services(environment, broadcast);
    return std::make_unique<supervisor::Program>("headmon", std::move(environment),
                                                 std::move(children), loop.signals(),
                                                 EventLoop::limits());
}

}  // namespace app
