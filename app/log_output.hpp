#pragma once

#include <memory>

#include "app/output.hpp"
#include "logging/log.hpp"
#include "logging/update_log.hpp"
#include "updates/broadcast.hpp"

namespace app {

/// Writes the log lines of each update.
class LogOutput final : public Output {
  public:
    /// Both outlive it.
    LogOutput(updates::Broadcast& broadcast, logging::Log& log);

  private:
    logging::Log& log_;
    logging::UpdateLog update_log_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

}  // namespace app
