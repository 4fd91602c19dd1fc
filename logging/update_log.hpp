#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot.hpp"
#include "logging/log.hpp"
#include "logging/status_log.hpp"
#include "updates/node_id.hpp"
#include "updates/node_map.hpp"
#include "updates/update.hpp"

namespace logging {

/// Which failures in a row are logged: the 1st, 2nd, 4th, 8th, ….
class WarningBackoff {
  public:
    /// Counts a failure; whether it is to be logged.
    [[nodiscard]] bool failed();
    /// All is well again; whether there was a failure since the last time.
    [[nodiscard]] bool recovered();

    /// Failures since all was well.
    [[nodiscard]] std::uint64_t failures() const { return failures_; }

  private:
    std::uint64_t failures_ = 0;
};

/// The log lines for updates: one for each change, none while nothing changes. Keeps what it knows
/// by node, over runs. A stream is lost from its end until its next head: one that opens and ends
/// again without a head has not recovered. Pure state; not thread-safe.
class UpdateLog {
  public:
    [[nodiscard]] std::vector<LogLine> lines(const updates::Update& update);

  private:
    struct Node {
        WarningBackoff backoff;
        /// The first end of this outage, and the newest opening since.
        std::optional<base::MonoTime> down_since;
        std::optional<base::MonoTime> opened;
        std::optional<chain::Slot> last_head;
    };

    using Line = std::optional<LogLine>;

    // One for each kind of fact but NodeStatus, which has lines of its own.
    Line line_of(const updates::RunStarted& fact, base::Instant at);
    Line line_of(const updates::StreamOpened& fact, base::Instant at);
    Line line_of(const updates::StreamEnded& fact, base::Instant at);
    Line line_of(const updates::NodeHead& fact, base::Instant at);
    Line line_of(const updates::BestHead& fact, base::Instant at);
    Line line_of(const updates::Reorg& fact, base::Instant at);
    Line line_of(const updates::Finalized& fact, base::Instant at);
    Line line_of(const updates::SlotVerdict& fact, base::Instant at);
    Line line_of(const updates::HeadSplit& fact, base::Instant at);
    Line line_of(const updates::NodeBehind& fact, base::Instant at);
    Line line_of(const updates::ClockSkew& fact, base::Instant at);
    Line line_of(const updates::StreamBuffered& fact, base::Instant at);
    Line line_of(const updates::SlotTime& fact, base::Instant at);
    Line line_of(const updates::CycleFailed& fact, base::Instant at);
    Line line_of(const updates::RunEnded& fact, base::Instant at);
    Line line_of(const updates::ServiceEnded& fact, base::Instant at);
    Line line_of(const updates::ServiceHealth& fact, base::Instant at);
    Line line_of(const updates::HeadProven& fact, base::Instant at);

    updates::NodeMap<Node> nodes_;
    StatusLog statuses_;
    /// Of the last slot that was judged; before the first, nobody knew.
    updates::Verdict verdict_ = updates::Verdict::kUnknown;
    updates::ClockSkew::Level clock_level_ = updates::ClockSkew::Level::kNone;
    bool is_split_ = false;
    WarningBackoff cycles_;
    WarningBackoff give_ups_;
};

}  // namespace logging
