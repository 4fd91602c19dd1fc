#pragma once

#include <optional>
#include <string>

#include "base/notify.hpp"
#include "supervisor/environment.hpp"
#include "supervisor/status_board.hpp"

namespace supervisor {

/// What the supervisors and child runners of one tree share. Lives on the event loop.
struct Tree {
    explicit Tree(Environment made_environment);

    /// The program ends because of `service`. Only the first fatal end is reported.
    void end_with(const std::string& service, const std::string& reason);

    Environment environment;
    StatusBoard statuses;
    std::optional<FatalEnd> fatal_end;
    /// Due when there is a fatal end.
    base::Notify fatal;
};

}  // namespace supervisor
