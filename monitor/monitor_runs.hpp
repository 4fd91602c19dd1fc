#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "chain/slot_clock.hpp"
#include "http/client.hpp"
#include "updates/broadcast.hpp"
#include "monitor/tick_schedule.hpp"
#include "monitor/candidate_list.hpp"
#include "monitor/memory.hpp"

namespace monitor {

class NodeAccess;

struct MonitorOptions {
    /// Slot time when it is known from a preset or the config; else the nodes are asked.
    std::optional<updates::SlotTime> slot_time;
    /// Slot time as an earlier start learned it. Good until a node says another one; no verdict on
    /// a node's network rests on it.
    std::optional<updates::SlotTime> remembered_slot_time;
    std::size_t event_bytes_max = std::size_t{1024} * 1024;
    /// Where in the slot the tick lies, in twelfths.
    int tick_twelfths = 11;
};

/// The wait after a run that ended cleanly, and the shortest one after a failed run.
inline constexpr std::chrono::milliseconds kRunWaitMin{100};

/// What the runs of the monitor share: built once, it outlives each of them. Holds the way to the
/// nodes, the cadence of the ticks, and what one run leaves to the next; and tells whoever restarts
/// the runs when the next one is due. Lives on the event loop; not thread-safe.
class MonitorRuns {
  public:
    MonitorRuns(boost::asio::any_io_executor executor, base::Clock& clock, http::Client& client,
                CandidateList& candidates, updates::Broadcast& broadcast, MonitorOptions options);
    /// The same over another way to reach nodes, which outlives the runs.
    MonitorRuns(boost::asio::any_io_executor executor, base::Clock& clock, NodeAccess& nodes,
                CandidateList& candidates, updates::Broadcast& broadcast, MonitorOptions options);
    MonitorRuns(const MonitorRuns&) = delete;
    MonitorRuns& operator=(const MonitorRuns&) = delete;
    ~MonitorRuns();

    /// The next tick: when the run is to start that follows a failed one.
    [[nodiscard]] base::MonoTime next_tick() const;
    /// Returns when the list in force is another one than the last run's. Awaited between two runs
    /// only.
    [[nodiscard]] base::Task<void> list_changed();

    /// What is wrong with the run that is on: two slots, or 5 s in short ones, have passed without
    /// a tick. Empty when all is well, and when no run is on. Missing heads are no matter here.
    [[nodiscard]] std::string find_problem() const;

    /// Ticks of all runs so far.
    [[nodiscard]] std::uint64_t ticks() const { return ticks_; }

    /// What our clock was worth at the last tick, doubted or not; nothing while no node has said
    /// anything.
    [[nodiscard]] const std::optional<updates::ClockSkew>& clock() const { return clock_worth_; }

  private:
    friend class MonitorService;

    MonitorRuns(boost::asio::any_io_executor executor, base::Clock& clock,
                std::unique_ptr<NodeAccess> own_nodes, NodeAccess* nodes, CandidateList& candidates,
                updates::Broadcast& broadcast, MonitorOptions options);

    /// From the config, else as it was remembered.
    [[nodiscard]] const std::optional<updates::SlotTime>& known_slot_time() const;

    boost::asio::any_io_executor executor_;
    base::Clock& clock_;
    std::unique_ptr<NodeAccess> own_nodes_;
    NodeAccess& nodes_;
    CandidateList& candidates_;
    updates::Broadcast& broadcast_;
    MonitorOptions options_;
    TickSchedule schedule_;
    std::uint64_t ticks_ = 0;
    std::optional<updates::ClockSkew> clock_worth_;
    /// The last tick, or the start, of the run that is on.
    std::optional<base::MonoTime> alive_at_;
    /// The list of the run that is on, or of the last one.
    std::vector<Candidate> list_;
    /// Taken by a run at its start, and given back at its end.
    Memory memory_;
};

}  // namespace monitor
