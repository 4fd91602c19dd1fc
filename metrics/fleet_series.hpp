// Private to the collector: pulls in prometheus-cpp.
#pragma once

#include "metrics/fleet_reading.hpp"
#include "metrics/program_series.hpp"

namespace metrics {

/// The numbers of publishing: there are none where nothing is published.
class FleetSeries {
  public:
    explicit FleetSeries(Families& families)
        : connected_{families.gauge(Metric::kFleetConnected)},
          published_{families.counter(Metric::kFleetPublished)},
          duplicates_{families.counter(Metric::kFleetDuplicates)},
          failures_{families.counter(Metric::kFleetFailures)},
          lost_{families.counter(Metric::kFleetLost)},
          waiting_{families.gauge(Metric::kFleetWaiting)} {}

    void read(const FleetReading& reading) {
        connected_->Set(reading.is_connected ? 1 : 0);
        raise(*published_, reading.published);
        raise(*duplicates_, reading.duplicates);
        raise(*failures_, reading.failures);
        raise(*lost_, reading.lost);
        waiting_->Set(static_cast<double>(reading.waiting));
    }

  private:
    Gauge connected_;
    Counter published_;
    Counter duplicates_;
    Counter failures_;
    Counter lost_;
    Gauge waiting_;
};

}  // namespace metrics
