#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot_clock.hpp"
#include "monitor/candidate.hpp"
#include "monitor/monitor_options.hpp"
#include "monitor/persistent_state.hpp"
#include "monitor/tick_schedule.hpp"

namespace monitor {

/// What one run of the monitor hands to the next: the schedule of the ticks, the list, and what was
/// learned of nodes and chain. Made once. Pure; lives on the event loop; not thread-safe.
class RunState {
  public:
    /// Ticks are counted from `start`.
    RunState(const MonitorOptions& options, base::Instant start);

    /// A run over `list` starts; a tick that fell into the wait before it is its opening.
    void run_started(std::vector<Candidate> list, base::Instant now);
    /// The run is over.
    void run_ended() { alive_at_.reset(); }
    /// The tick of `scheduled` happens.
    void on_tick(base::MonoTime scheduled, base::MonoTime now);
    void set_slot_time(const chain::SlotClock& clock, base::MonoTime now) {
        schedule_.set_slot_time(clock, now);
    }

    /// The state of nodes and chain: a run takes it at its start and keeps it again at its end.
    [[nodiscard]] PersistentState take();
    void keep(PersistentState state) { persistent_ = std::move(state); }

    /// The list of the run that is on, or of the last one.
    [[nodiscard]] const std::vector<Candidate>& list() const { return list_; }
    /// Those of them whose URL, headers or certificates are others than in the run before.
    [[nodiscard]] const std::vector<updates::NodeId>& renewed() const { return renewed_; }
    [[nodiscard]] const TickSchedule& schedule() const { return schedule_; }
    /// Ticks of all runs so far.
    [[nodiscard]] std::uint64_t ticks() const { return ticks_; }

    /// What is wrong with the run that is on: two slots, or 5 s in short ones, have passed without
    /// a tick. Empty when all is well, and when no run is on. Missing heads do not matter here.
    [[nodiscard]] std::string find_problem(base::MonoTime now) const;

  private:
    TickSchedule schedule_;
    std::uint64_t ticks_ = 0;
    /// The last tick, or the start, of the run that is on.
    std::optional<base::MonoTime> alive_at_;
    std::vector<Candidate> list_;
    std::vector<updates::NodeId> renewed_;
    PersistentState persistent_;
};

/// The slot time of the config, else the remembered one.
[[nodiscard]] const std::optional<updates::SlotTime>& known_slot_time(
    const MonitorOptions& options);

}  // namespace monitor
