#include "metrics/collector.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/time_text.hpp"
#include "chain/slot_clock.hpp"
#include "metrics/fleet_series.hpp"
#include "metrics/history_series.hpp"
#include "metrics/label_values.hpp"
#include "metrics/node_series.hpp"
#include "metrics/pending_heads.hpp"
#include "metrics/program_series.hpp"
#include "metrics/recording_series.hpp"
#include "metrics/series.hpp"

namespace metrics {
namespace {

/// No configured name is longer.
constexpr std::size_t kNameBytes = 64;

/// No two nodes may share a label, so one that is taken gets a mark.
std::string free_label(const std::string& name, std::set<std::string>& taken) {
    std::string label = label_text(name, kNameBytes);
    while (!taken.insert(label).second) {
        label += '+';
    }
    return label;
}

}  // namespace

class Collector::Impl {
  public:
    explicit Impl(const CollectorOptions& options);

    void apply(const updates::Update& update) {
        at_ = update.at;
        std::visit([this](const auto& fact) { on(fact); }, update.fact);
    }
    void read(const Readings& readings);
    [[nodiscard]] std::string text() const { return families_.text(); }

  private:
    void on(const updates::RunStarted& fact);
    void on(const updates::StreamOpened& fact);
    void on(const updates::StreamEnded& fact);
    void on(const updates::NodeHead& fact);
    void on(const updates::BestHead& fact);
    void on(const updates::Reorg& fact) { reorgs_.count(fact); }
    /// A node's finality is no metric.
    void on(const updates::Finalized& /*fact*/) {}
    void on(const updates::NodeStatus& fact);
    void on(const updates::SlotVerdict& fact);
    void on(const updates::HeadSplit& fact);
    void on(const updates::NodeBehind& fact);
    void on(const updates::ClockSkew& fact);
    void on(const updates::StreamBuffered& fact);
    void on(const updates::SlotTime& fact);
    void on(const updates::CycleFailed& fact);
    void on(const updates::RunEnded& fact);
    void on(const updates::ServiceEnded& fact);
    void on(const updates::ServiceHealth& fact);
    void on(const updates::HeadProven& fact);
    /// Heads are what is counted of a node, and Reorg what is counted of reorgs.
    void on(const updates::NodeBlock& /*fact*/) {}
    void on(const updates::NodeReorg& /*fact*/) {}
    void on(const updates::NodeEvent& /*fact*/) {}

    [[nodiscard]] NodeSeries* find(updates::NodeId id);
    [[nodiscard]] ServiceSeries& service(const std::string& name);
    [[nodiscard]] RestartReason restart_reason(const updates::ServiceEnded& fact) const;
    void show_no_split();

    Families families_;
    std::string monitor_service_;
    /// Of the update at hand.
    base::Instant at_{};
    std::unordered_map<updates::NodeId, NodeSeries> nodes_;
    std::optional<chain::SlotClock> slot_clock_;
    std::optional<updates::RunEndReason> run_end_;
    PendingHeads pending_heads_;
    bool is_split_ = false;

    PerValue<Counter, kRestartReasons> restarts_;
    LateGauge best_head_slot_;
    LateGauge genesis_;
    LateGauge slot_duration_;
    LateGauge attestation_deadline_;
    PerValue<Counter, kVerdicts> verdicts_;
    ReorgSeries reorgs_;
    Gauge split_active_;
    Gauge split_branches_;
    Counter splits_;
    Gauge failed_cycles_;
    Counter give_ups_;
    std::map<std::string, ServiceSeries> services_;
    Gauge subscriber_queue_;
    Counter subscriber_dropped_;
    std::map<std::string, ServerSeries> servers_;
    Counter loop_handlers_;
    Counter http_client_wake_ups_;
    Counter http_client_paused_reads_;
    Counter http_client_delayed_requests_;
    Counter log_lines_dropped_;
    std::optional<RecordingSeries> recording_;
    std::optional<HistorySeries> history_;
    std::optional<FleetSeries> fleet_;
    OneHot<kClockLevels> clock_skew_;
    LateGauge clock_offset_;
    LateGauge clock_uncertainty_;
    LateGauge clock_kernel_;
    Gauge start_time_;
    Gauge build_info_;
};

Collector::Impl::Impl(const CollectorOptions& options)
    : monitor_service_{options.monitor_service},
      restarts_{"reason",
                {},
                [this](const Labels& all) { return families_.counter(Metric::kRestarts, all); }},
      best_head_slot_{families_, Metric::kBestHeadSlot},
      genesis_{families_, Metric::kGenesisTime},
      slot_duration_{families_, Metric::kSlotDuration},
      attestation_deadline_{families_, Metric::kAttestationDeadline},
      verdicts_{
          "verdict",
          {},
          [this](const Labels& all) { return families_.counter(Metric::kSlotVerdicts, all); }},
      reorgs_{families_},
      split_active_{families_.gauge(Metric::kSplitActive)},
      split_branches_{families_.gauge(Metric::kSplitBranches)},
      splits_{families_.counter(Metric::kSplits)},
      failed_cycles_{families_.gauge(Metric::kConsecutiveFailedCycles)},
      give_ups_{families_.counter(Metric::kGiveUps)},
      subscriber_queue_{families_.gauge(Metric::kSubscriberQueue)},
      subscriber_dropped_{families_.counter(Metric::kSubscriberDropped)},
      loop_handlers_{families_.counter(Metric::kLoopHandlers)},
      http_client_wake_ups_{families_.counter(Metric::kHttpClientWakeUps)},
      http_client_paused_reads_{families_.counter(Metric::kHttpClientPausedReads)},
      http_client_delayed_requests_{families_.counter(Metric::kHttpClientDelayedRequests)},
      log_lines_dropped_{families_.counter(Metric::kLogLinesDropped)},
      recording_{options.has_recording ? std::make_optional<RecordingSeries>(families_)
                                       : std::nullopt},
      history_{options.has_history ? std::make_optional<HistorySeries>(families_) : std::nullopt},
      fleet_{options.has_fleet ? std::make_optional<FleetSeries>(families_) : std::nullopt},
      clock_skew_{families_, Metric::kClockSkew, "level", {}, updates::ClockSkew::Level::kNone},
      clock_offset_{families_, Metric::kClockOffset},
      clock_uncertainty_{families_, Metric::kClockUncertainty},
      clock_kernel_{families_, Metric::kClockKernelSynchronised},
      start_time_{families_.gauge(Metric::kStartTime)},
      build_info_{families_.gauge(
          Metric::kBuildInfo, {{"version", options.version}, {"compiler", "g++ " __VERSION__}})} {
    for (const std::string& name : options.services) {
        (void)service(name);
    }
    for (const std::string& name : options.servers) {
        servers_.try_emplace(name, families_, name);
    }
    start_time_->Set(base::unix_time(options.started));
    build_info_->Set(1);
}

void Collector::Impl::read(const Readings& readings) {
    subscriber_queue_->Set(static_cast<double>(readings.subscribers.deepest));
    raise(*subscriber_dropped_, readings.subscribers.dropped);
    raise(*loop_handlers_, readings.loop_handlers);
    raise(*http_client_wake_ups_, readings.http_client_wake_ups);
    raise(*http_client_paused_reads_, readings.http_client_limits_met.undelivered_bytes);
    raise(*http_client_delayed_requests_, readings.http_client_limits_met.fetches);
    raise(*log_lines_dropped_, readings.log_lines_dropped);
    if (recording_ && readings.recording) {
        recording_->read(*readings.recording);
    }
    if (history_ && readings.history) {
        history_->read(*readings.history);
    }
    if (fleet_ && readings.fleet) {
        fleet_->read(*readings.fleet);
    }
    for (const ServerReading& server : readings.servers) {
        if (const auto found = servers_.find(server.name); found != servers_.end()) {
            found->second.raise_to(server.limits_met);
        }
    }
}

void Collector::Impl::on(const updates::RunStarted& fact) {
    const std::set<updates::NodeId> wanted{fact.nodes.begin(), fact.nodes.end()};
    erase_if(nodes_, [&](const auto& node) { return !wanted.contains(node.first); });
    std::set<std::string> taken;
    for (const auto& [id, node] : nodes_) {
        taken.insert(node.label());
    }
    for (updates::NodeId id : wanted) {
        if (!nodes_.contains(id)) {
            nodes_.try_emplace(id, families_, free_label(id.name(), taken), at_.wall);
        }
        nodes_.at(id).run_started();
    }
    for (const updates::NodeId id : fact.renewed) {
        if (NodeSeries* const node = find(id)) {
            node->renewed();
        }
    }
    run_end_.reset();
    failed_cycles_->Set(0);
}

void Collector::Impl::on(const updates::StreamOpened& fact) {
    failed_cycles_->Set(0);
    if (NodeSeries* const node = find(fact.node)) {
        node->stream_opened();
    }
}

void Collector::Impl::on(const updates::StreamEnded& fact) {
    if (NodeSeries* const node = find(fact.node)) {
        node->stream_ended(fact.reason);
    }
}

void Collector::Impl::on(const updates::NodeHead& fact) {
    failed_cycles_->Set(0);
    if (NodeSeries* const node = find(fact.node)) {
        node->head(fact, at_);
        if (pending_heads_.add(fact)) {
            node->proven_head(fact);
        }
    }
}

void Collector::Impl::on(const updates::HeadProven& fact) {
    for (const updates::NodeHead& head : pending_heads_.take(fact.block)) {
        if (NodeSeries* const node = find(head.node)) {
            node->proven_head(head);
        }
    }
}

void Collector::Impl::on(const updates::BestHead& fact) {
    best_head_slot_.set(static_cast<double>(fact.head.slot.value));
}

void Collector::Impl::on(const updates::NodeStatus& fact) {
    if (NodeSeries* const node = find(fact.node)) {
        node->status(fact);
    }
}

void Collector::Impl::on(const updates::SlotVerdict& fact) {
    verdicts_[fact.verdict].Increment();
    attestation_deadline_.set(base::seconds(fact.deadline.after_start));
    const bool has_block =
        fact.verdict == updates::Verdict::kOnTime || fact.verdict == updates::Verdict::kLate;
    if (has_block && slot_clock_) {
        const base::WallTime start = slot_clock_->start_of(fact.slot);
        for (auto& [id, node] : nodes_) {
            node.block_known(fact.slot, start);
        }
    }
}

void Collector::Impl::on(const updates::HeadSplit& fact) {
    show_no_split();
    const bool was_split = std::exchange(is_split_, !fact.is_over);
    if (fact.is_over) {
        return;
    }
    if (!was_split) {
        splits_->Increment();
    }
    split_active_->Set(1);
    split_branches_->Set(static_cast<double>(fact.branches.size()));
    for (std::size_t i = 0; i < fact.branches.size(); ++i) {
        for (updates::NodeId id : fact.branches[i].nodes) {
            if (NodeSeries* const node = find(id)) {
                node->branch(i + 1);
            }
        }
    }
}

void Collector::Impl::on(const updates::NodeBehind& fact) {
    if (NodeSeries* const node = find(fact.node)) {
        node->behind(fact.is_behind);
    }
}

void Collector::Impl::on(const updates::ClockSkew& fact) {
    clock_skew_.set(fact.level);
    // What is not known must not look like 0.
    const auto set = [](LateGauge& gauge, const std::optional<base::Duration>& value) {
        if (value) {
            gauge.set(base::seconds(*value));
        } else {
            gauge.clear();
        }
    };
    set(clock_offset_, fact.offset);
    set(clock_uncertainty_, fact.uncertainty);
    if (fact.kernel_synchronised) {
        clock_kernel_.set(*fact.kernel_synchronised ? 1 : 0);
    } else {
        clock_kernel_.clear();
    }
}

void Collector::Impl::on(const updates::StreamBuffered& fact) {
    if (NodeSeries* const node = find(fact.node)) {
        node->buffered(fact.is_buffered);
    }
}

void Collector::Impl::on(const updates::SlotTime& fact) {
    slot_clock_ = fact.clock;
    genesis_.set(base::unix_time(fact.clock.genesis()));
    slot_duration_.set(base::seconds(fact.clock.slot_duration()));
}

void Collector::Impl::on(const updates::CycleFailed& fact) {
    failed_cycles_->Set(fact.consecutive);
}

void Collector::Impl::on(const updates::RunEnded& fact) {
    run_end_ = fact.reason;
    if (fact.reason == updates::RunEndReason::kGaveUp) {
        give_ups_->Increment();
    }
}

void Collector::Impl::on(const updates::ServiceEnded& fact) {
    ServiceSeries& series = service(fact.service);
    if (!fact.restart_after) {
        series.down->Set(1);
        return;
    }
    if (fact.reason != updates::ServiceEndReason::kCancelled) {
        series.restarts[fact.reason].Increment();
    }
    if (fact.service == monitor_service_) {
        restarts_[restart_reason(fact)].Increment();
    }
}

void Collector::Impl::on(const updates::ServiceHealth& fact) {
    ServiceSeries& series = service(fact.service);
    series.health->Set(static_cast<double>(fact.state));
    // Health is published of what runs.
    series.down->Set(0);
}

NodeSeries* Collector::Impl::find(updates::NodeId id) {
    const auto node = nodes_.find(id);
    return node == nodes_.end() ? nullptr : &node->second;
}

ServiceSeries& Collector::Impl::service(const std::string& name) {
    return services_.try_emplace(name, families_, name).first->second;
}

RestartReason Collector::Impl::restart_reason(const updates::ServiceEnded& fact) const {
    using updates::ServiceEndReason;
    if (fact.reason == ServiceEndReason::kUnhealthy || fact.reason == ServiceEndReason::kTimeout) {
        return RestartReason::kUnhealthy;
    }
    if (run_end_ == updates::RunEndReason::kListChanged) {
        return RestartReason::kListChanged;
    }
    return run_end_ == updates::RunEndReason::kGaveUp ? RestartReason::kGaveUp
                                                      : RestartReason::kFailed;
}

void Collector::Impl::show_no_split() {
    split_active_->Set(0);
    split_branches_->Set(0);
    for (auto& [id, node] : nodes_) {
        node.branch(0);
    }
}

Collector::Collector(const CollectorOptions& options) : impl_{std::make_unique<Impl>(options)} {}

Collector::~Collector() = default;

void Collector::hear(const updates::Message& message) {
    if (const auto* const update = std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
        impl_->apply(**update);
    }
}

void Collector::apply(const updates::Update& update) {
    impl_->apply(update);
}

void Collector::read(const Readings& readings) {
    impl_->read(readings);
}

std::string Collector::text() const {
    return impl_->text();
}

}  // namespace metrics
