#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/slot.hpp"
#include "cli/log.hpp"
#include "monitor/candidate.hpp"
#include "monitor/update.hpp"

namespace cli {

/// Which failures in a row are told: the 1st, 2nd, 4th, 8th, ….
class WarningBackoff {
  public:
    /// Counts a failure; whether it is to be told.
    [[nodiscard]] bool failed();
    /// All is well again; whether there was a failure since the last time.
    [[nodiscard]] bool recovered();

    /// Failures since all was well.
    [[nodiscard]] std::uint64_t failures() const { return failures_; }

  private:
    std::uint64_t failures_ = 0;
};

/// Which log lines an update is worth. Keeps what it knows by the name of the node, over runs. A
/// node is bad from the end of its stream until its next head: a stream that opens and ends again
/// without a head has not made it good. Pure state; not thread-safe.
class UpdateLog {
  public:
    [[nodiscard]] std::vector<LogLine> lines(const monitor::Update& update);

  private:
    struct Node {
        WarningBackoff backoff;
        /// The first end of this outage, and the newest opening since.
        std::optional<base::MonoTime> down_since;
        std::optional<base::MonoTime> opened;
        std::optional<base::Slot> last_head;
    };

    LogLine line_of(const monitor::RunStarted& fact, const monitor::Update& update);
    LogLine line_of(const monitor::StreamOpened& fact, const monitor::Update& update);
    LogLine line_of(const monitor::StreamEnded& fact, const monitor::Update& update);
    std::optional<LogLine> line_of(const monitor::NodeHead& fact, const monitor::Update& update);
    LogLine line_of(const monitor::BestHead& fact, const monitor::Update& update);
    LogLine line_of(const monitor::SlotTime& fact, const monitor::Update& update);
    LogLine line_of(const monitor::CycleFailed& fact, const monitor::Update& update);
    LogLine line_of(const monitor::RunEnded& fact, const monitor::Update& update);
    LogLine line_of(const monitor::ServiceEnded& fact, const monitor::Update& update);

    std::map<monitor::CandidateId, Node> nodes_;
    WarningBackoff cycles_;
    WarningBackoff give_ups_;
};

}  // namespace cli
