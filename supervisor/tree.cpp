#include "supervisor/tree.hpp"

#include <utility>

namespace supervisor {

FatalEnd::FatalEnd(std::string ended_service, const std::string& end_reason)
    : std::runtime_error{end_reason}, service{std::move(ended_service)} {}

Tree::Tree(Environment made_environment)
    : environment{std::move(made_environment)}, fatal{environment.executor} {}

void Tree::end_with(const std::string& service, const std::string& reason) {
    if (fatal_end) {
        return;
    }
    fatal_end.emplace(service, reason);
    fatal.notify();
    if (environment.on_fatal) {
        environment.on_fatal(*fatal_end);
    }
}

}  // namespace supervisor
