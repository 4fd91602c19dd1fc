#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "beacon_api/slot_clock.hpp"
#include "http/client.hpp"
#include "monitor/broadcast.hpp"
#include "monitor/candidate_list.hpp"

namespace monitor {

class NodeAccess;

struct MonitorOptions {
    /// Slot time when it is known from a preset or the config; else the nodes are asked.
    std::optional<SlotTime> slot_time;
    std::size_t event_bytes_max = std::size_t{1024} * 1024;
    /// Where in the slot the tick lies, in twelfths.
    int tick_twelfths = 11;
};

/// The thin driver of HeadMonitor: sockets, timers and the waits between runs.
class MonitorService {
  public:
    MonitorService(boost::asio::any_io_executor executor, base::Clock& clock, http::Client& client,
                   CandidateList& candidates, Broadcast& broadcast, MonitorOptions options);
    /// The same over another way to reach nodes, which outlives the service.
    MonitorService(boost::asio::any_io_executor executor, base::Clock& clock, NodeAccess& nodes,
                   CandidateList& candidates, Broadcast& broadcast, MonitorOptions options);
    MonitorService(const MonitorService&) = delete;
    MonitorService& operator=(const MonitorService&) = delete;
    ~MonitorService();

    /// Runs, run after run, until cancelled or until the broadcast is closed. While the list of
    /// candidates is empty it waits for one. Call once.
    [[nodiscard]] base::Task<void> run();

    /// Ticks of all runs so far.
    [[nodiscard]] std::uint64_t ticks() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace monitor
