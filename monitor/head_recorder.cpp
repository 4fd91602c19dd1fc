#include "monitor/head_recorder.hpp"

#include <algorithm>
#include <utility>

namespace monitor {

HeadRecorder::HeadRecorder(SlotTracker slots, FirstSeen first_seen, BestHeads best,
                           Upstreams& upstreams, ChainView& chain, Effects& effects)
    : slots_{std::move(slots)},
      first_seen_{std::move(first_seen)},
      best_{std::move(best)},
      upstreams_{upstreams},
      chain_{chain},
      effects_{effects} {}

void HeadRecorder::record(Upstream& upstream, const chain::Head& head, updates::HeadSource source,
                          base::Instant at) {
    const updates::NodeId node = upstream.id();
    if (!slots_.admit(node)) {
        upstream.head_dropped();
        return;
    }
    using updates::HeadTimeliness;
    const bool trusts_clock = chain_.clock().last_published() == updates::ClockSkew::Level::kNone;
    updates::NodeHead report{node, head};
    report.source = source;
    report.timing = slots_.head(node, head, source, at, trusts_clock);
    const HeadTimeliness timeliness = report.timing.timeliness;
    const bool counts = !upstream.is_unproven();
    if (timeliness == HeadTimeliness::kLive && counts) {
        const FirstSeen::Report first =
            first_seen_.report(head.block, report.timing.is_payload, at.mono);
        report.is_first = first.is_first;
        report.lag = first.lag;
        for (const HeadLags::Lag& one : lags_.report(node, head.block, at.mono)) {
            if (upstreams_.find(one.node) != nullptr) {
                upstreams_.change(one.node).head_lagged(one.lag);
            }
        }
    }
    if (source == updates::HeadSource::kStream) {
        // Of the age of an old head on the stream its REST knows more.
        const auto age = chain_.age_of(head.slot, at.wall);
        if (age && *age <= updates::kHeadAgeMax && counts) {
            upstream.set_head_age(*age);
        }
        upstream.head_in_read({head.slot, head.block, chain_.is_recent(head.slot, at.wall)});
    }
    const bool is_early = timeliness == HeadTimeliness::kEarly;
    if (chain_.slot_time() && (is_early || report.timing.delay)) {
        chain_.clock().head(node, chain_.slot_time()->clock.delay_into(head.slot, at.wall), at);
    }
    const bool is_ahead = chain_.is_ahead_of_clock(head.slot, at.wall);
    if (is_ahead) {
        // Either the node is wrong or our clock is.
        publish_clock(chain_.clock().check(at.mono), at);
    }
    if (counts && !head.execution_optimistic && timeliness != HeadTimeliness::kBackfill &&
        (is_ahead ? clock_is_wrong() : !is_early)) {
        report.is_latest = best_.cache().is_latest(node, head.slot);
        best_.put(node, head, source);
    }
    effects_.publish(report, at);
    publish_best(at);
    if (!slots_.is_quiet()) {
        publish(slots_.settle(at), at);
    }
}

void HeadRecorder::retract(Upstream& upstream, base::Instant now) {
    best_.remove(upstream.id());
    slots_.head_retracted(upstream.id(), now);
    upstream.head_retracted();
    publish_best(now);
}

void HeadRecorder::retract_ahead(base::Instant now) {
    if (clock_is_wrong()) {
        return;
    }
    for (const updates::NodeId node : upstreams_.order()) {
        const HeadCache::Entry* const entry = best_.cache().find(node);
        if (entry != nullptr && chain_.is_ahead_of_clock(entry->head.slot, now.wall)) {
            retract(upstreams_.change(node), now);
        }
    }
}

void HeadRecorder::stream_ended(updates::NodeId node, base::Instant now) {
    slots_.head_retracted(node, now);
    best_.stream_ended(node);
}

bool HeadRecorder::clock_is_wrong() const {
    // A single node must not be believed before the others have given a sample.
    const auto& nodes = upstreams_.all();
    const bool all_have_samples = std::all_of(nodes.begin(), nodes.end(), [&](const auto& entry) {
        const Upstream& upstream = entry.second;
        return !upstream.is_streaming() || upstream.state() == updates::StreamState::kConnecting ||
               !upstream.is_on_our_chain() || chain_.clock().has_sample(entry.first);
    });
    return all_have_samples &&
           chain_.clock().last_published() == updates::ClockSkew::Level::kVerdictsSuspended;
}

void HeadRecorder::on_tick(base::Instant now) {
    best_.on_tick();
    publish_best(now);
}

void HeadRecorder::publish_best(base::Instant now) {
    if (const auto news = best_.news()) {
        effects_.publish(*news, now);
    }
}

void HeadRecorder::publish(SlotTracker::Facts facts, base::Instant now) {
    for (updates::SlotFact& fact : facts) {
        const auto* behind = std::get_if<updates::NodeBehind>(&fact);
        if (behind != nullptr && upstreams_.find(behind->node) != nullptr) {
            upstreams_.change(behind->node).set_behind(behind->is_behind);
        }
        std::visit([&](auto& one) { effects_.publish(std::move(one), now); }, fact);
    }
    const SlotTracker::NodeChanges changes = slots_.take_node_changes();
    for (const auto& [node, early] : changes.agreed) {
        const Upstream* const upstream = upstreams_.find(node);
        if (upstream != nullptr && !upstream->is_unproven() && !early.head.execution_optimistic &&
            !chain_.is_ahead_of_clock(early.head.slot, now.wall)) {
            best_.put(node, early.head, early.source);
        }
    }
    for (const auto& [node, reorg] : changes.reorgs) {
        if (upstreams_.find(node) != nullptr) {
            upstreams_.change(node).reorged(reorg);
        }
    }
    for (const auto& [node, is_unproven] : changes.standings) {
        if (upstreams_.find(node) != nullptr) {
            upstreams_.change(node).set_unproven(is_unproven);
            if (is_unproven) {
                best_.remove(node);
            }
        }
    }
    publish_best(now);
}

void HeadRecorder::publish_clock(const std::optional<updates::ClockSkew>& skew, base::Instant now) {
    if (skew) {
        slots_.suspend_verdicts(skew->level == updates::ClockSkew::Level::kVerdictsSuspended);
        effects_.publish(*skew, now);
    }
}

}  // namespace monitor
