#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "chain/spec.hpp"
#include "logging/line_backoff.hpp"
#include "logging/log.hpp"
#include "logging/status_log.hpp"
#include "logging/stream_log.hpp"
#include "updates/update.hpp"

namespace logging {

/// The log lines for updates: one for each change, none while nothing changes, and fewer where the
/// same goes wrong again and again. Keeps what it knows by node, over runs. Pure state; not
/// thread-safe.
class UpdateLog {
  public:
    [[nodiscard]] std::vector<LogLine> lines(const updates::Update& update);

  private:
    using Line = std::optional<LogLine>;

    // One for each kind of fact that has one line at most. The others have logs of their own.
    Line line_of(const updates::RunStarted& fact, base::Instant at);
    Line line_of(const updates::StreamOpened& fact, base::Instant at);
    Line line_of(const updates::StreamEnded& fact, base::Instant at);
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
    Line line_of(const updates::NodeBlock& fact, base::Instant at);
    Line line_of(const updates::NodeReorg& fact, base::Instant at);
    Line line_of(const updates::NodeEvent& fact, base::Instant at);

    StreamLog streams_;
    StatusLog statuses_;
    base::Duration slot_ = chain::kDefaultSlotDuration;
    /// Slots that could not be judged, or only by heads that are not verified: the verdict that was
    /// written last and holds. Before the first slot nobody knew.
    std::optional<updates::Verdict> lasting_verdict_ = updates::Verdict::kUnknown;
    LineBackoff lasting_verdicts_;
    updates::ClockSkew::Level clock_level_ = updates::ClockSkew::Level::kNone;
    bool is_split_ = false;
    LineBackoff cycles_;
    LineBackoff give_ups_;
    struct Service {
        LineBackoff ends;
        std::optional<base::MonoTime> last_end;
    };
    std::map<std::string, Service> services_;
};

}  // namespace logging
