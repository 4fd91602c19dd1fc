#include "app/core.hpp"

#include <iterator>
#include <stdexcept>
#include <utility>

namespace app {

Core::Core(EventLoop& program_loop, const monitor::MonitorOptions& options, std::uint64_t seed)
    : loop{program_loop},
      node_access{client, options.extra_topics},
      monitor{loop.executor(), clock, node_access, candidates, broadcast, options},
      runs{monitor.options, clock.instant()},
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
