#pragma once

#include "api/candidates.hpp"
#include "app/core.hpp"
#include "app/output.hpp"
#include "config/config.hpp"
#include "logging/log.hpp"

namespace app {

/// What outputs are made of; all of it outlives them.
struct OutputContext {
    Core& core;
    logging::Log& log;
    const config::Config& config;
    /// The list of nodes, for those who may change it; null where nobody may.
    api::Candidates* candidates = nullptr;
};

/// The outputs that the config asks for, in the order in which they hear of an update. Throws
/// ListenError when an address cannot be listened on.
[[nodiscard]] Outputs make_outputs(const OutputContext& context);

}  // namespace app
