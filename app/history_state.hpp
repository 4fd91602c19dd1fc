#pragma once

#include "config/config.hpp"
#include "logging/log.hpp"

namespace app {

/// The config with what its history knows of the time before this start: slot time where neither
/// the operator nor a state directory has it, topics of nodes, and the best head as a floor. Reads
/// the file, which blocks: at the start alone. A history that cannot be read is a warning, and
/// headmon goes on without.
[[nodiscard]] config::Config with_history_state(config::Config config, logging::Log& log);

}  // namespace app
