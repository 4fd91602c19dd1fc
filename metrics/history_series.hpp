// Private to the collector: pulls in prometheus-cpp.
#pragma once

#include "base/time_text.hpp"
#include "metrics/history_reading.hpp"
#include "metrics/program_series.hpp"

namespace metrics {

/// The history's own numbers: there are none where no history is kept.
class HistorySeries {
  public:
    explicit HistorySeries(Families& families)
        : batches_{families.counter(Metric::kHistoryBatches)},
          updates_{families.counter(Metric::kHistoryUpdates)},
          write_failures_{families.counter(Metric::kHistoryWriteFailures)},
          last_written_{families, Metric::kHistoryLastWritten},
          file_bytes_{families, Metric::kHistoryFileBytes},
          rows_deleted_{families.counter(Metric::kHistoryRowsDeleted)},
          retention_failures_{families.counter(Metric::kHistoryRetentionFailures)},
          read_timeouts_{families.counter(Metric::kHistoryReadTimeouts)} {}

    void read(const HistoryReading& reading) {
        raise(*batches_, reading.batches);
        raise(*updates_, reading.updates);
        raise(*write_failures_, reading.write_failures);
        if (reading.last_written) {
            last_written_.set(base::unix_time(*reading.last_written));
        }
        if (reading.file_bytes) {
            file_bytes_.set(static_cast<double>(*reading.file_bytes));
        }
        raise(*rows_deleted_, reading.rows_deleted);
        raise(*retention_failures_, reading.retention_failures);
        raise(*read_timeouts_, reading.read_timeouts);
    }

  private:
    Counter batches_;
    Counter updates_;
    Counter write_failures_;
    LateGauge last_written_;
    LateGauge file_bytes_;
    Counter rows_deleted_;
    Counter retention_failures_;
    Counter read_timeouts_;
};

}  // namespace metrics
