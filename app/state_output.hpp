#pragma once

#include <memory>

#include "app/core.hpp"
#include "app/output.hpp"
#include "app/state_file.hpp"
#include "config/config.hpp"
#include "logging/log.hpp"
#include "updates/broadcast.hpp"

namespace app {

/// Whether slot time is kept from one start to the next: there is a place for it, and the nodes are
/// asked. What the operator has set is not learned, and needs no keeping.
[[nodiscard]] bool keeps_slot_time(const config::Config& config);

/// The config with the slot time that the last start kept, where there is one and it counts. A file
/// that cannot be read is a warning in the log.
[[nodiscard]] config::Config with_kept_slot_time(config::Config config, logging::Log& log);

/// Keeps slot time, as the nodes report it, for the next start.
class StateOutput final : public Output {
  public:
    /// `core` and `log` outlive it. `config` is one that `with_kept_slot_time` has returned.
    StateOutput(Core& core, logging::Log& log, const config::Config& config);

  private:
    StateKeeper keeper_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

}  // namespace app
