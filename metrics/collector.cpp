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

#include "beacon_api/slot_clock.hpp"
#include "metrics/label_values.hpp"
#include "metrics/node_series.hpp"
#include "metrics/series.hpp"

namespace metrics {
namespace {

/// No configured name is longer.
constexpr std::size_t kNameBytes = 64;

double seconds(base::Duration duration) {
    return std::chrono::duration<double>{duration}.count();
}

double unix_time(base::WallTime time) {
    return std::chrono::duration<double>{time.time_since_epoch()}.count();
}

/// Brings a counter up to a total that is counted elsewhere.
void raise(prometheus::Counter& counter, std::uint64_t total) {
    counter.Increment(std::max(0.0, static_cast<double>(total) - counter.Value()));
}

/// No two nodes may share a label, so one that is taken gets a mark.
std::string free_label(const std::string& name, std::set<std::string>& taken) {
    std::string label = label_text(name, kNameBytes);
    while (!taken.insert(label).second) {
        label += '+';
    }
    return label;
}

/// One service of the tree.
struct ServiceSeries {
    ServiceSeries(Families& families, const std::string& name)
        : down{families.gauge(Metric::kServiceDown, {{"service", name}})} {
        for (const std::string_view end : kServiceEnds) {
            restarts.emplace(end,
                             families.counter(Metric::kServiceRestarts,
                                              {{"service", name}, {"reason", std::string{end}}}));
        }
    }

    std::map<std::string_view, Counter> restarts;
    Gauge down;
};

/// One HTTP server.
class ServerSeries {
  public:
    ServerSeries(Families& families, const std::string& name) {
        for (std::size_t i = 0; i < counters_.size(); ++i) {
            counters_[i] = families.counter(
                Metric::kLimitsMet, {{"server", name}, {"limit", std::string{kServerLimits[i]}}});
        }
    }
    void raise_to(const http::LimitsMet& met) {
        // In the order of kServerLimits.
        const std::array<std::uint64_t, kServerLimits.size()> counts{
            met.connections, met.made_room,    met.header_bytes, met.body_bytes,
            met.idle_time,   met.request_time, met.write_time};
        for (std::size_t i = 0; i < counts.size(); ++i) {
            raise(*counters_[i], counts[i]);
        }
    }

  private:
    std::array<Counter, kServerLimits.size()> counters_;
};

class ReorgSeries {
  public:
    explicit ReorgSeries(Families& families) {
        for (std::size_t i = 0; i < counters_.size(); ++i) {
            const auto certainty = kCertainties[i / kReorgSources.size() % kCertainties.size()];
            counters_[i] = families.counter(
                Metric::kReorgs,
                {{"depth", std::string{kReorgDepths[i / kPerDepth]}},
                 {"certainty", std::string{to_string(certainty)}},
                 {"source", std::string{kReorgSources[i % kReorgSources.size()]}}});
        }
    }
    void count(const monitor::Reorg& reorg) {
        const auto depth =
            static_cast<std::size_t>(std::min<std::uint64_t>(reorg.depth, kReorgDepths.size() - 1));
        const auto certainty = static_cast<std::size_t>(reorg.certainty);
        const std::size_t source = reorg.told_by ? 0 : 1;
        counters_[depth * kPerDepth + certainty * kReorgSources.size() + source]->Increment();
    }

  private:
    static constexpr std::size_t kPerDepth = kCertainties.size() * kReorgSources.size();
    std::array<Counter, kReorgDepths.size() * kPerDepth> counters_;
};

}  // namespace

class Collector::Impl {
  public:
    explicit Impl(const CollectorOptions& options);

    void apply(const monitor::Update& update) {
        at_ = update.at;
        std::visit([this](const auto& fact) { on(fact); }, update.fact);
    }
    [[nodiscard]] std::string text(const Readings& readings);

  private:
    void on(const monitor::RunStarted& fact);
    void on(const monitor::StreamOpened& fact);
    void on(const monitor::StreamEnded& fact);
    void on(const monitor::NodeHead& fact);
    void on(const monitor::BestHead& fact);
    void on(const monitor::Reorg& fact) { reorgs_.count(fact); }
    /// A node's finality is no metric.
    void on(const monitor::Finalized& /*fact*/) {}
    void on(const monitor::NodeStatus& fact);
    void on(const monitor::SlotVerdict& fact);
    void on(const monitor::HeadSplit& fact);
    void on(const monitor::NodeBehind& fact);
    void on(const monitor::ClockDoubt& fact);
    void on(const monitor::ProxyDoubt& fact);
    void on(const monitor::SlotTime& fact);
    void on(const monitor::CycleFailed& fact);
    void on(const monitor::RunEnded& fact);
    void on(const monitor::ServiceEnded& fact);

    [[nodiscard]] NodeSeries* find(const monitor::CandidateId& id);
    [[nodiscard]] ServiceSeries& service(const std::string& name);
    [[nodiscard]] Restart restart_reason(const monitor::ServiceEnded& fact) const;
    void show_no_split();

    Families families_;
    std::string monitor_service_;
    /// Of the update at hand.
    base::Instant at_{};
    std::unordered_map<monitor::CandidateId, NodeSeries> nodes_;
    std::optional<beacon_api::SlotClock> slot_clock_;
    std::optional<monitor::RunEnd> run_end_;
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
    OneHot<kClockLevels> clock_doubt_;
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
      failed_cycles_{families_.gauge(Metric::kFailedCyclesInRow)},
      give_ups_{families_.counter(Metric::kGiveUps)},
      subscriber_queue_{families_.gauge(Metric::kSubscriberQueue)},
      subscriber_dropped_{families_.counter(Metric::kSubscriberDropped)},
      loop_handlers_{families_.counter(Metric::kLoopHandlers)},
      http_client_wake_ups_{families_.counter(Metric::kHttpClientWakeUps)},
      clock_doubt_{families_, Metric::kClockDoubt, "level", {}, monitor::ClockDoubt::Level::kNone},
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
    start_time_->Set(unix_time(options.started));
    build_info_->Set(1);
}

std::string Collector::Impl::text(const Readings& readings) {
    subscriber_queue_->Set(static_cast<double>(readings.subscribers.deepest));
    raise(*subscriber_dropped_, readings.subscribers.dropped);
    raise(*loop_handlers_, readings.loop_handlers);
    if (readings.clock) {
        on(*readings.clock);
    }
    raise(*http_client_wake_ups_, readings.http_client_wake_ups);
    for (const ServerReading& server : readings.servers) {
        if (const auto found = servers_.find(server.name); found != servers_.end()) {
            found->second.raise_to(server.limits_met);
        }
    }
    return families_.text();
}

void Collector::Impl::on(const monitor::RunStarted& fact) {
    const std::set<monitor::CandidateId> wanted{fact.candidates.begin(), fact.candidates.end()};
    std::erase_if(nodes_, [&](const auto& node) { return !wanted.contains(node.first); });
    std::set<std::string> taken;
    for (const auto& [id, node] : nodes_) {
        taken.insert(node.label());
    }
    for (const monitor::CandidateId& id : wanted) {
        if (!nodes_.contains(id)) {
            nodes_.try_emplace(id, families_, free_label(id.name(), taken), at_.wall);
        }
        nodes_.at(id).run_started();
    }
    run_end_.reset();
    failed_cycles_->Set(0);
}

void Collector::Impl::on(const monitor::StreamOpened& fact) {
    failed_cycles_->Set(0);
    if (NodeSeries* const node = find(fact.candidate)) {
        node->stream_opened();
    }
}

void Collector::Impl::on(const monitor::StreamEnded& fact) {
    if (NodeSeries* const node = find(fact.candidate)) {
        node->stream_ended(fact.reason);
    }
}

void Collector::Impl::on(const monitor::NodeHead& fact) {
    failed_cycles_->Set(0);
    if (NodeSeries* const node = find(fact.candidate)) {
        node->head(fact, at_);
    }
}

void Collector::Impl::on(const monitor::BestHead& fact) {
    best_head_slot_.set(static_cast<double>(fact.head.slot.value));
}

void Collector::Impl::on(const monitor::NodeStatus& fact) {
    if (NodeSeries* const node = find(fact.candidate)) {
        node->status(fact);
    }
}

void Collector::Impl::on(const monitor::SlotVerdict& fact) {
    verdicts_[fact.verdict].Increment();
    attestation_deadline_.set(seconds(fact.deadline.after_start));
    const bool was_seen =
        fact.verdict == monitor::Verdict::kSeen || fact.verdict == monitor::Verdict::kLate;
    if (was_seen && slot_clock_) {
        const base::WallTime start = slot_clock_->start_of(fact.slot);
        for (auto& [id, node] : nodes_) {
            node.block_seen(fact.slot, start);
        }
    }
}

void Collector::Impl::on(const monitor::HeadSplit& fact) {
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
        for (const monitor::CandidateId& id : fact.branches[i].nodes) {
            if (NodeSeries* const node = find(id)) {
                node->branch(i + 1);
            }
        }
    }
}

void Collector::Impl::on(const monitor::NodeBehind& fact) {
    if (NodeSeries* const node = find(fact.candidate)) {
        node->behind(fact.is_behind);
    }
}

void Collector::Impl::on(const monitor::ClockDoubt& fact) {
    clock_doubt_.set(fact.level);
    clock_offset_.set(seconds(fact.offset));
    clock_uncertainty_.set(seconds(fact.uncertainty));
    if (fact.kernel_synchronised) {
        clock_kernel_.set(*fact.kernel_synchronised ? 1 : 0);
    } else {
        clock_kernel_.clear();
    }
}

void Collector::Impl::on(const monitor::ProxyDoubt& fact) {
    if (NodeSeries* const node = find(fact.candidate)) {
        node->buffered(fact.is_buffered);
    }
}

void Collector::Impl::on(const monitor::SlotTime& fact) {
    slot_clock_ = fact.clock;
    genesis_.set(unix_time(fact.clock.genesis()));
    slot_duration_.set(seconds(fact.clock.slot_duration()));
}

void Collector::Impl::on(const monitor::CycleFailed& fact) {
    failed_cycles_->Set(fact.in_row);
}

void Collector::Impl::on(const monitor::RunEnded& fact) {
    run_end_ = fact.end;
    if (fact.end == monitor::RunEnd::kGaveUp) {
        give_ups_->Increment();
    }
}

void Collector::Impl::on(const monitor::ServiceEnded& fact) {
    ServiceSeries& series = service(fact.service);
    if (!fact.restart_after) {
        series.down->Set(1);
        return;
    }
    if (const auto counter = series.restarts.find(fact.end); counter != series.restarts.end()) {
        counter->second->Increment();
    }
    if (fact.service == monitor_service_) {
        restarts_[restart_reason(fact)].Increment();
    }
}

NodeSeries* Collector::Impl::find(const monitor::CandidateId& id) {
    const auto node = nodes_.find(id);
    return node == nodes_.end() ? nullptr : &node->second;
}

ServiceSeries& Collector::Impl::service(const std::string& name) {
    return services_.try_emplace(name, families_, name).first->second;
}

Restart Collector::Impl::restart_reason(const monitor::ServiceEnded& fact) const {
    if (fact.end == "unhealthy" || fact.end == "timeout") {
        return Restart::kUnhealthy;
    }
    if (run_end_ == monitor::RunEnd::kListChanged) {
        return Restart::kListChanged;
    }
    return run_end_ == monitor::RunEnd::kGaveUp ? Restart::kGaveUp : Restart::kFailed;
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

void Collector::hear(const monitor::Message& message) {
    if (const auto* const update = std::get_if<std::shared_ptr<const monitor::Update>>(&message)) {
        impl_->apply(**update);
    }
}

void Collector::apply(const monitor::Update& update) {
    impl_->apply(update);
}

std::string Collector::text(const Readings& readings) {
    return impl_->text(readings);
}

}  // namespace metrics
