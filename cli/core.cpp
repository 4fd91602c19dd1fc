#include "cli/core.hpp"

#include <stdexcept>
#include <utility>

namespace cli {

Core::Core(monitor::MonitorOptions options)
    : service{loop.get_executor(), clock, client, candidates, broadcast, std::move(options)} {}

void Core::follow(std::vector<monitor::Candidate> nodes) {
    if (const auto replaced = candidates.replace(std::move(nodes)); !replaced) {
        throw std::invalid_argument{replaced.error().detail};
    }
}

}  // namespace cli
