#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/core.hpp"
#include "app/output.hpp"
#include "fleet/memory_source.hpp"
#include "fleet/options.hpp"
#include "fleet/publisher.hpp"
#include "metrics/fleet_reading.hpp"

namespace app {

/// Publishes what this headmon learns to a fleet of them. A broker that is away does not end its
/// service, which is degraded then: what is not published yet waits in the history, or here.
class FleetOutput final : public Output {
  public:
    /// The core outlives it, and has its history's outbox where one is kept.
    FleetOutput(Core& core, fleet::Options options);

    [[nodiscard]] std::vector<supervisor::Child> services() override;
    [[nodiscard]] std::vector<logging::LogLine> start_lines() const override;

  private:
    [[nodiscard]] base::Task<void> publish();
    /// Until the connection is lost. Returns why.
    [[nodiscard]] base::Task<std::string> publish_once();
    [[nodiscard]] std::string status_text(std::uint64_t origin) const;
    [[nodiscard]] metrics::FleetReading reading() const;

    Core& core_;
    fleet::Options options_;
    /// Where no history is kept.
    std::unique_ptr<fleet::MemorySource> memory_;
    fleet::Source& source_;
    fleet::PublisherCounts counts_;
    /// How the last connection ended, or why there was none.
    std::string problem_;
};

}  // namespace app
