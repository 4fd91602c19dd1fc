#pragma once

#include <vector>

#include "app/core.hpp"
#include "app/output.hpp"
#include "config/config.hpp"

namespace app {

/// Says how the recording of the core goes: a service that is degraded while it cannot be written.
class RecordingOutput final : public Output {
  public:
    /// The core has a recorder, and outlives it.
    RecordingOutput(Core& core, config::RecordingOptions options)
        : core_{core}, options_{std::move(options)} {}

    [[nodiscard]] std::vector<supervisor::Child> services() override;
    [[nodiscard]] std::vector<logging::LogLine> start_lines() const override;

  private:
    Core& core_;
    config::RecordingOptions options_;
};

}  // namespace app
