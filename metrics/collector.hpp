#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "http/server_options.hpp"
#include "metrics/fleet_reading.hpp"
#include "metrics/history_reading.hpp"
#include "metrics/recording_reading.hpp"
#include "updates/broadcast.hpp"
#include "updates/update.hpp"

namespace metrics {

/// What one of our HTTP servers has counted.
struct ServerReading {
    /// As in its options; one that the collector's options do not name is counted nowhere.
    std::string name;
    http::LimitsMet limits_met;
};

/// What no update tells: read when somebody looks.
struct Readings {
    std::uint64_t loop_handlers = 0;
    std::uint64_t http_client_wake_ups = 0;
    http::ClientLimitsMet http_client_limits_met;
    std::uint64_t log_lines_dropped = 0;
    updates::Broadcast::Load subscribers;
    std::vector<ServerReading> servers;
    /// Absent where no history is kept.
    std::optional<HistoryReading> history{};
    /// Absent where nothing is published.
    std::optional<FleetReading> fleet{};
    /// Absent where nothing is recorded.
    std::optional<RecordingReading> recording{};
};

struct CollectorOptions {
    /// Every service of the tree, as `ServiceEnded` names it, so that each counts from zero.
    std::vector<std::string> services;
    /// The one among them whose restarts are the monitor's.
    std::string monitor_service;
    /// Every HTTP server by its name, so that its counters begin at zero.
    std::vector<std::string> servers;
    bool has_history = false;
    bool has_fleet = false;
    bool has_recording = false;
    std::string version;
    base::WallTime started;
};

/// Folds updates into the numbers of `/metrics`; the table of what there is stands in
/// definitions.hpp. Hears everything from the start, so it makes nothing of a Snapshot. Series of
/// nodes exist for the candidates of the run that is on, or of the last one, and for no other name
/// that an update may hold. Pure; lives on the event loop, but for `text`.
class Collector {
  public:
    explicit Collector(const CollectorOptions& options);
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;
    ~Collector();

    void hear(const updates::Message& message);
    void apply(const updates::Update& update);

    /// What is read for the page that follows.
    void read(const Readings& readings);

    /// All metrics in Prometheus' text format. May be called on another thread while updates are
    /// applied on this one; each number is then the one before or behind such an update.
    [[nodiscard]] std::string text() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace metrics
