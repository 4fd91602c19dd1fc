#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/slot.hpp"
#include "cli/log.hpp"
#include "cli/status_log.hpp"
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

/// Which log lines an update is worth: one for each change, none while nothing changes. Keeps what
/// it knows by the name of the node, over runs. A node is bad from the end of its stream until the
/// stream's next head: a stream that opens and ends again without a head has not made it good. Pure
/// state; not thread-safe.
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

    using Line = std::optional<LogLine>;

    // One for each kind of fact but NodeStatus, which has lines of its own.
    Line line_of(const monitor::RunStarted& fact, base::Instant at);
    Line line_of(const monitor::StreamOpened& fact, base::Instant at);
    Line line_of(const monitor::StreamEnded& fact, base::Instant at);
    Line line_of(const monitor::NodeHead& fact, base::Instant at);
    Line line_of(const monitor::BestHead& fact, base::Instant at);
    Line line_of(const monitor::Reorg& fact, base::Instant at);
    Line line_of(const monitor::Finalized& fact, base::Instant at);
    Line line_of(const monitor::SlotVerdict& fact, base::Instant at);
    Line line_of(const monitor::HeadSplit& fact, base::Instant at);
    Line line_of(const monitor::NodeBehind& fact, base::Instant at);
    Line line_of(const monitor::ClockDoubt& fact, base::Instant at);
    Line line_of(const monitor::ProxyDoubt& fact, base::Instant at);
    Line line_of(const monitor::SlotTime& fact, base::Instant at);
    Line line_of(const monitor::CycleFailed& fact, base::Instant at);
    Line line_of(const monitor::RunEnded& fact, base::Instant at);
    Line line_of(const monitor::ServiceEnded& fact, base::Instant at);

    std::map<monitor::CandidateId, Node> nodes_;
    StatusLog statuses_;
    /// Of the last slot that was judged; before the first, nobody knew.
    monitor::Verdict verdict_ = monitor::Verdict::kUnknown;
    bool is_split_ = false;
    WarningBackoff cycles_;
    WarningBackoff give_ups_;
};

}  // namespace cli
