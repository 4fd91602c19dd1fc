// Private to the collector: pulls in prometheus-cpp.
#pragma once

#include "metrics/program_series.hpp"
#include "metrics/recording_reading.hpp"

namespace metrics {

/// The recording's own numbers: there are none where nothing is recorded.
class RecordingSeries {
  public:
    explicit RecordingSeries(Families& families)
        : lost_entries_{families.counter(Metric::kRecordingLostEntries)},
          written_bytes_{families.counter(Metric::kRecordingWrittenBytes)},
          write_failures_{families.counter(Metric::kRecordingWriteFailures)},
          bytes_{families.gauge(Metric::kRecordingBytes)} {}

    void read(const RecordingReading& reading) {
        raise(*lost_entries_, reading.lost_entries);
        raise(*written_bytes_, reading.written_bytes);
        raise(*write_failures_, reading.write_failures);
        bytes_->Set(static_cast<double>(reading.bytes));
    }

  private:
    Counter lost_entries_;
    Counter written_bytes_;
    Counter write_failures_;
    Gauge bytes_;
};

}  // namespace metrics
