#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "app/event_loop.hpp"
#include "app/service_tree.hpp"
#include "base/system_clock.hpp"
#include "config/config.hpp"
#include "fleet/source.hpp"
#include "http/client.hpp"
#include "http/router.hpp"
#include "http/server_options.hpp"
#include "metrics/fleet_reading.hpp"
#include "metrics/history_reading.hpp"
#include "monitor/candidate_list.hpp"
#include "monitor/monitor_context.hpp"
#include "monitor/node_access.hpp"
#include "monitor/run_state.hpp"
#include "recording/recorder.hpp"
#include "supervisor/program.hpp"
#include "updates/broadcast.hpp"

namespace app {

/// One of our HTTP servers, for the metrics of all of them.
struct ServerReadings {
    std::string name;
    std::function<http::LimitsMet()> limits_met;
};

/// The monitor and all that it works with, wired: what every command that follows nodes is made of.
/// What is further down uses what is further up. Nothing runs until a program of it does.
struct Core {
    /// The same `restart_seed` spreads restarts in the same way.
    /// With a path in `recording` all that comes to the monitor is kept there; throws
    /// recording::DirectoryError where that cannot be.
    Core(EventLoop& program_loop, const monitor::MonitorOptions& options,
         const config::RecordingOptions& recording = {},
         std::uint64_t restart_seed = std::random_device{}());

    /// Puts the first list of candidates in force. Throws std::invalid_argument when it is refused.
    void follow(std::vector<monitor::Candidate> nodes);

    /// A program that keeps the monitor and `others` running, in that order, each as `supervision`
    /// says. Each end and each change of health of a service is published in band.
    [[nodiscard]] std::unique_ptr<supervisor::Program> make_program(
        std::vector<supervisor::Child> others, const config::Supervision& supervision);

    EventLoop& loop;
    base::SystemClock clock{loop.executor()};
    http::Client client{loop.executor(), clock};
    monitor::CandidateList candidates{loop.executor()};
    updates::Broadcast broadcast{loop.executor()};
    monitor::HttpNodeAccess node_access;
    /// Between the monitor and the nodes, where it is recorded.
    std::unique_ptr<recording::Recorder> recorder;
    monitor::MonitorContext monitor;
    monitor::RunState runs;
    std::uint64_t restart_seed;
    /// Of the outputs that serve; each lives as long as its output.
    std::vector<ServerReadings> servers{};
    /// Of the history, for the metrics and the API; empty where none is kept.
    std::function<metrics::HistoryReading()> history{};
    std::function<void(http::Router&)> history_routes{};
    /// Of the history, for who publishes it; null where none is kept or nothing is published.
    fleet::Source* outbox = nullptr;
    /// Of publishing, for the metrics; empty where nothing is published.
    std::function<metrics::FleetReading()> fleet{};
};

}  // namespace app
