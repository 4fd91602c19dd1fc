// Private to the collector: pulls in prometheus-cpp.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "metrics/label_values.hpp"
#include "metrics/series.hpp"
#include "updates/node_health.hpp"
#include "updates/stream_end_reason.hpp"
#include "updates/update.hpp"

namespace metrics {

/// The slots of the last heads that a node's stream reported: enough to know a slot when it is
/// judged, which is at the end of the next one.
class ReportedSlots {
  public:
    void add(chain::Slot slot);
    [[nodiscard]] bool contains(chain::Slot slot) const;

  private:
    static constexpr std::size_t kSlots = 16;
    std::array<std::optional<chain::Slot>, kSlots> slots_;
    std::size_t next_ = 0;
};

/// All series of one node, which are gone with it.
class NodeSeries {
  public:
    /// `label` is the node's name, printable. Followed since `since`.
    NodeSeries(Families& families, const std::string& label, base::WallTime since);

    [[nodiscard]] const std::string& label() const { return labels_.at("node"); }

    void run_started();
    /// Another node answers to this name: what was known of it is void, what was counted is not.
    void renewed();
    void stream_opened();
    void stream_ended(updates::StreamEndReason reason);
    void head(const updates::NodeHead& head, base::Instant at);
    /// A live head, no repeat, that is proven by now.
    void proven_head(const updates::NodeHead& head);
    void status(const updates::NodeStatus& status);
    void behind(bool is_behind);
    void buffered(bool is_buffered);
    /// A slot in which some node reported a block; it began at `start`.
    void block_known(chain::Slot slot, base::WallTime start);
    /// The node's branch of a split, from 1; 0 for none.
    void branch(std::size_t number);

  private:
    void set_version(const std::string& version);
    /// Shows what `status_` says now.
    void show();

    Families& families_;
    Labels labels_;
    base::WallTime since_;
    updates::NodeStatus status_;
    updates::NodeIssues issues_;
    ReportedSlots reported_;
    /// The stream was lost and is not back yet.
    bool lost_ = false;
    std::uint64_t malformed_ = 0;
    std::uint64_t ignored_ = 0;
    std::uint64_t heads_dropped_ = 0;
    std::uint64_t events_dropped_ = 0;

    PerValue<Counter, updates::kAllStreamEndReasons> disconnections_;
    Counter reconnections_;
    OneHot<kStreamStates> state_;
    Gauge health_;
    PerValue<Gauge, updates::kNodeIssues> issue_;
    Gauge info_;
    OneHot<kNetworkChecks> network_check_;
    OneHot<kTopicSets> topic_set_;
    OneHot<kBreakerStates> breaker_;
    Gauge rest_wait_;
    LateGauge head_slot_;
    LateGauge last_byte_;
    LateGauge last_head_;
    LateGauge sync_distance_;
    LateGauge stream_retry_;
    Gauge branch_;
    Counter heads_by_head_v2_;
    Counter heads_by_head_;
    Counter heads_by_poll_;
    Counter heads_first_;
    Counter heads_on_time_;
    Counter heads_late_;
    Counter unreported_slots_;
    Counter malformed_events_;
    Counter ignored_events_;
    Counter dropped_heads_;
    Counter dropped_events_;
    Histogram arrival_delay_;
    Histogram lag_;
};

}  // namespace metrics
