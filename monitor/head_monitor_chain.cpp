// What follows from the chain that the nodes report: who counts, slot time, our clock.
#include <algorithm>
#include <variant>
#include <vector>

#include "monitor/head_monitor.hpp"

namespace monitor {
namespace {

using updates::NetworkCheck;
using updates::NodeId;
using updates::StreamEndReason;

updates::NodeReorg claim_of(NodeId node, const beacon_api::ChainReorgEvent& event) {
    return {node,
            event.slot,
            event.depth,
            event.old_head_block,
            event.new_head_block,
            event.old_head_state,
            event.new_head_state,
            event.epoch,
            event.execution_optimistic,
            event.old_head_hash,
            event.new_head_hash};
}

}  // namespace

void HeadMonitor::use_event(Upstream& upstream, const beacon_api::ChainEvent& event,
                            base::Instant at) {
    if (const auto* head = std::get_if<chain::Head>(&event)) {
        cycles_.head_received();
        if (upstream.is_on_our_chain()) {
            heads_.record(upstream, *head, updates::HeadSource::kStream, at);
        } else {
            chain_.hold(upstream.id(), HeldHead{*head, at});
        }
    } else if (!upstream.is_on_our_chain()) {
        return;
    } else if (const auto* reorg = std::get_if<beacon_api::ChainReorgEvent>(&event)) {
        effects_.publish(claim_of(upstream.id(), *reorg), at);
        heads_.publish(heads_.slots().chain_reorg(upstream.id(), *reorg, at), at);
    } else if (const auto* block = std::get_if<beacon_api::BlockEvent>(&event)) {
        effects_.publish(updates::NodeBlock{upstream.id(), block->slot, block->block,
                                            block->execution_optimistic},
                         at);
    } else if (const auto* checkpoint = std::get_if<chain::FinalizedCheckpoint>(&event)) {
        effects_.publish(updates::Finalized{upstream.id(), *checkpoint}, at);
    } else if (const auto* extra = std::get_if<beacon_api::ExtraEvent>(&event)) {
        effects_.publish(
            updates::NodeEvent{upstream.id(), extra->topic, extra->data, extra->content}, at);
    }
}

void HeadMonitor::forget_renewed(base::Instant now) {
    if (options_.renewed.empty()) {
        return;
    }
    std::vector<NodeId> kept = upstreams_.order();
    std::erase_if(kept, [&](NodeId node) {
        return std::find(options_.renewed.begin(), options_.renewed.end(), node) !=
               options_.renewed.end();
    });
    heads_.slots().set_candidates(kept, now);
    for (const NodeId node : options_.renewed) {
        chain_.forget(node);
    }
}

std::optional<base::MonoTime> HeadMonitor::deadline() const {
    return !over_ && chain_.is_waiting() ? std::optional{judge_networks_at_} : std::nullopt;
}

Actions HeadMonitor::on_deadline(base::Instant now) {
    if (const auto due = deadline(); due && *due <= now.mono) {
        apply(chain_.end_wait(), now);
    }
    return finish(now);
}

void HeadMonitor::use_identity(Upstream& upstream, const Identity& identity, base::Instant now) {
    if (identity.spec) {
        upstream.set_spec(*identity.spec);
    }
    chain_.spec_answered(upstream.id(), identity.spec);
    const bool was_waiting = chain_.is_waiting();
    const NetworkGuard::Change checks = chain_.identity_answered(upstream.id(), identity.chain);
    if (chain_.is_waiting() && !was_waiting) {
        judge_networks_at_ = now.mono + NetworkGuard::kWait;
        effects_.add(SetDeadline{});
    }
    apply(checks, now);
    // Also where the check is as before.
    show_network(upstream);
}

void HeadMonitor::show_network(Upstream& upstream) {
    const NodeId node = upstream.id();
    upstream.set_network(chain_.network_check(node), chain_.counts(node),
                         chain_.reported_network(node));
}

void HeadMonitor::apply(const NetworkGuard::Change& checks, base::Instant now) {
    if (checks.agreed_changed) {
        learn_slot_time(chain_.agreed_slot_time(), now);
    }
    if (const auto spec = chain_.vote_spec()) {
        heads_.slots().set_spec(*spec);
    }
    for (const NodeId node : checks.rejected) {
        Upstream& upstream = upstreams_.change(node);
        show_network(upstream);
        if (upstream.is_streaming()) {
            close(upstream, StreamEndReason::kWrongNetwork, chain_.reported_network(node), now);
        }
    }
    for (const NodeId node : checks.disputed) {
        Upstream& upstream = upstreams_.change(node);
        show_network(upstream);
        if (upstream.is_streaming() && !upstream.is_on_our_chain()) {
            heads_.retract(upstream, now);
        }
    }
    for (const NodeId node : checks.accepted) {
        Upstream& upstream = upstreams_.change(node);
        const bool was_wrong = upstream.network_check() == NetworkCheck::kMismatch;
        show_network(upstream);
        if (was_wrong && !upstream.is_streaming()) {
            open(upstream, now);
        }
    }
    for (const auto& [node, held] : checks.released_heads) {
        if (Upstream* const upstream = change_streaming(node)) {
            heads_.record(*upstream, held.head, updates::HeadSource::kStream, held.at);
        }
    }
}

void HeadMonitor::learn_slot_time(const updates::SlotTime& slot_time, base::Instant now) {
    if (!chain_.set_slot_time(slot_time)) {
        return;
    }
    heads_.slots().set_slot_clock(slot_time.clock, now);
    for (const NodeId node : upstreams_.order()) {
        upstreams_.change(node).set_slot_duration(chain_.slot_duration());
    }
    effects_.add(SetSlotTime{slot_time.clock});
    effects_.publish(slot_time, now);
}

void HeadMonitor::check_clock(base::Instant now, std::optional<base::KernelClock> kernel) {
    chain_.clock().set_kernel(kernel);
    if (chain_.check_wall_clock(now) && chain_.slot_time()) {
        heads_.slots().set_slot_clock(chain_.slot_time()->clock, now);
    }
    heads_.publish_clock(chain_.clock().on_tick(now.mono), now);
    const updates::NodeMap<bool> are_off = chain_.clock().judge_nodes();
    // In the order of the list, as everything that follows from a tick.
    for (const NodeId node : upstreams_.order()) {
        if (const auto judged = are_off.find(node); judged != are_off.end()) {
            upstreams_.change(node).set_clock_off(judged->second);
        }
    }
}

void HeadMonitor::check_forks(base::Instant now) {
    if (const auto fork = chain_.find_fork(now.wall)) {
        for (const NodeId node : upstreams_.order()) {
            upstreams_.change(node).epoch_reached(fork->now, fork->gloas_fork);
        }
    }
}

}  // namespace monitor
