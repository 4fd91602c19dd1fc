#include "monitor/head_monitor.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "base/printable.hpp"

namespace monitor {
namespace {

using Kind = RestRequest::Kind;
using updates::NetworkCheck;
using updates::NodeId;
using updates::StreamEndReason;
using updates::StreamState;

constexpr std::size_t kDetailBytesMax = 200;

}  // namespace

HeadMonitor::HeadMonitor(std::vector<NodeId> candidates, Options options, PersistentState state)
    : options_{std::move(options)},
      upstreams_{std::move(candidates), std::move(state.upstreams), options_.renewed},
      chain_{std::move(state.chain)},
      heads_{std::move(state.slots),
             std::move(state.first_seen),
             BestHeads{state.best, state.earlier_best},
             upstreams_,
             chain_,
             effects_} {}

Actions HeadMonitor::started(base::Instant now) {
    opened_at_ = now.mono;
    last_tick_ = now.mono;
    effects_.publish(updates::RunStarted{upstreams_.order(), options_.renewed}, now);
    forget_renewed(now);
    heads_.slots().set_candidates(upstreams_.order(), now);
    const NetworkGuard::Change checks = chain_.set_candidates(upstreams_.order(), options_.exempt);
    judge_networks_at_ = now.mono + NetworkGuard::kWait;
    for (const NodeId node : upstreams_.order()) {
        const auto configured = options_.liveness.find(node);
        Upstream& upstream = upstreams_.change(node);
        upstream.run_began(
            configured == options_.liveness.end() ? LivenessOverride{} : configured->second,
            options_.extra_topics);
        show_network(upstream);
    }
    if (options_.slot_time && !chain_.slot_time()) {
        learn_slot_time(*options_.slot_time, now);
    }
    apply(checks, now);
    for (const NodeId node : upstreams_.order()) {
        Upstream& upstream = upstreams_.change(node);
        upstream.set_slot_duration(chain_.slot_duration());
        if (upstream.network_check() != NetworkCheck::kMismatch) {
            open(upstream, now);
        }
        upstream.enqueue_status(chain_.is_check_due(upstream.id()));
    }
    return finish(now);
}

Actions HeadMonitor::stream_connected(NodeId node, base::Instant now) {
    Upstream* const upstream = change_streaming(node);
    if (upstream != nullptr && upstream->connected()) {
        upstream->enqueue_head(chain_.is_check_due(node));
    }
    return finish(now);
}

Actions HeadMonitor::stream_opened(NodeId node, base::Instant now) {
    if (Upstream* const upstream = change_streaming(node)) {
        accept(*upstream, now);
    }
    return finish(now);
}

Actions HeadMonitor::bytes_received(NodeId node, base::Instant at) {
    if (Upstream* const upstream = change_streaming(node)) {
        end_read(*upstream, at);
        upstream->bytes(at);
        accept(*upstream, at);
    }
    return finish(at);
}

void HeadMonitor::comment_received(NodeId node) {
    if (Upstream* const upstream = change_streaming(node)) {
        upstream->comment();
    }
}

Actions HeadMonitor::event_received(NodeId node, std::string_view topic,
                                    const base::Result<beacon_api::ChainEvent>& event,
                                    base::Instant at) {
    Upstream* const upstream = change_streaming(node);
    if (upstream == nullptr) {
        return {};
    }
    accept(*upstream, at);
    const Upstream::Reading reading = upstream->event(topic, event, at);
    if (reading.rejection) {
        close(*upstream, reading.rejection->reason, reading.rejection->detail, at);
    } else if (reading.is_used) {
        use_event(*upstream, *event, at);
    }
    return finish(at);
}

Actions HeadMonitor::stream_ended(NodeId node, const StreamEnd& why, base::Instant now) {
    if (Upstream* const upstream = change_streaming(node)) {
        if (const auto reason = upstream->transfer_ended(why, now)) {
            // The detail was escaped where it was made.
            end(*upstream, *reason, std::string_view{why.detail}.substr(0, kDetailBytesMax), now);
        } else {
            effects_.add(OpenStream{node, upstream->next_topics()});
        }
    }
    return finish(now);
}

Actions HeadMonitor::on_tick(base::Instant now, std::optional<base::KernelClock> kernel) {
    if (over_ || now.mono - opened_at_ < chain_.slot_duration() / 2) {
        return {};
    }
    check_clock(now, kernel);
    heads_.retract_ahead(now);
    check_forks(now);
    close_dead_streams(now);
    cycles_.on_tick(upstreams_.is_any_open());
    last_tick_ = now.mono;
    headers_.on_tick();
    heads_.slots().on_tick();
    for (const NodeId node : upstreams_.order()) {
        Upstream& upstream = upstreams_.change(node);
        end_read(upstream, now);
        upstream.on_tick();
        if (!upstream.is_streaming() && upstream.network_check() != NetworkCheck::kMismatch) {
            open(upstream, now);
        }
        upstream.enqueue_status(chain_.is_check_due(upstream.id()));
    }
    upstreams_.weigh_old_heads();
    // Which nodes are observed decides what the slots are judged by.
    upstreams_.settle(heads_.slots(), effects_, now);
    heads_.on_tick(now);
    heads_.publish(heads_.slots().check(now), now);
    fetch_headers(now);
    return finish(now);
}

Actions HeadMonitor::slot_began(base::Instant now) {
    if (!over_) {
        heads_.publish(heads_.slots().end_slot(now), now);
    }
    return finish(now);
}

Actions HeadMonitor::rest_answered(NodeId node, const RestRequest& request,
                                   const RestAnswer& answer, base::Instant now) {
    if (over_ || upstreams_.find(node) == nullptr) {
        return {};
    }
    Upstream& upstream = upstreams_.change(node);
    upstream.rest_answered(request, answer, now.mono);
    for (const beacon_api::Exchange& exchange : answer.exchanges) {
        if (exchange.date) {
            chain_.clock().http_date(node, *exchange.date, exchange.sent, exchange.received);
        }
    }
    if (answer.result) {
        const base::Instant at = answer.exchanges.empty() ? now : answer.exchanges.back().received;
        use_result(upstream, request, *answer.result, at, now);
    } else {
        use_failure(upstream, request, answer.result.error(), now);
    }
    return finish(now);
}

void HeadMonitor::use_failure(const Upstream& upstream, const RestRequest& request,
                              const base::Error& error, base::Instant now) {
    if (request.kind != Kind::kHeader) {
        return;
    }
    if (error.code == base::ErrorCode::kWrongHash) {
        heads_.slots().header_refused(upstream.id(), request.root);
    }
    headers_.failed(request.root);
    fetch_headers(now);
}

void HeadMonitor::use_result(Upstream& upstream, const RestRequest& request,
                             const RestAnswer::Value& result, base::Instant at, base::Instant now) {
    if (const auto* identity = std::get_if<Identity>(&result)) {
        use_identity(upstream, *identity, now);
    } else if (const auto* version = std::get_if<std::string>(&result)) {
        upstream.set_version(*version);
    } else if (const auto* syncing = std::get_if<chain::SyncStatus>(&result)) {
        upstream.set_syncing(*syncing);
        heads_.slots().set_syncing(upstream.id(), syncing->is_syncing);
        if (syncing->is_syncing) {
            heads_.retract(upstream, now);
        }
    } else if (const auto* header = std::get_if<beacon_api::BlockHeader>(&result)) {
        use_header(upstream, request, *header, at, now);
    }
}

void HeadMonitor::use_header(Upstream& upstream, const RestRequest& request,
                             const beacon_api::BlockHeader& header, base::Instant at,
                             base::Instant now) {
    const NodeId node = upstream.id();
    if (request.kind == Kind::kHeader && header.root != request.root) {
        use_failure(upstream, request, base::Error{base::ErrorCode::kWrongHash, ""}, now);
        return;
    }
    if (!upstream.is_on_our_chain()) {
        return;
    }
    if (request.kind == Kind::kHead) {
        if (const auto head = upstream.rest_head(header, at.mono)) {
            heads_.record(upstream, *head, updates::HeadSource::kPoll, at);
        }
        if (!upstream.is_syncing()) {
            heads_.slots().rest_head(node, header, at);
        }
        if (const auto age = chain_.age_of(header.slot, at.wall)) {
            upstream.set_head_age(*age);
        }
    }
    heads_.publish(heads_.slots().header(node, header, now), now);
    for (const NodeId source : headers_.sources(header.root)) {
        upstreams_.change(source).header_known(header.root);
    }
    if (request.kind == Kind::kHeader) {
        fetch_headers(now);
    }
}

Actions HeadMonitor::stopped(updates::RunEndReason run_end, base::Instant now) {
    if (over_) {
        return {};
    }
    // Cleared at once, so that no closed stream makes another node's head the best.
    heads_.clear();
    for (const NodeId node : upstreams_.order()) {
        if (Upstream* const upstream = change_streaming(node)) {
            close(*upstream, StreamEndReason::kCancelled, "", now);
        }
    }
    over_ = true;
    upstreams_.settle(heads_.slots(), effects_, now);
    effects_.publish(updates::RunEnded{run_end, ""}, now);
    return effects_.take();
}

StreamState HeadMonitor::state(NodeId node) const {
    const Upstream* const upstream = upstreams_.find(node);
    return upstream == nullptr ? StreamState::kEnded : upstream->state();
}

PersistentState HeadMonitor::take_state() && {
    assert(over_);
    return {upstreams_.take(), std::move(chain_), std::move(heads_.slots()),
            std::move(heads_.first_seen()), heads_.best().last_published()};
}

Upstream* HeadMonitor::change_streaming(NodeId node) {
    return over_ ? nullptr : upstreams_.change_streaming(node);
}

void HeadMonitor::open(Upstream& upstream, base::Instant now) {
    if (!upstream.may_open(now.mono)) {
        return;
    }
    chain_.stream_opening(upstream.id());
    effects_.add(OpenStream{upstream.id(), upstream.opening(now.mono)});
}

void HeadMonitor::accept(Upstream& upstream, base::Instant now) {
    const bool was_connecting = upstream.state() == StreamState::kConnecting;
    if (!upstream.accepted()) {
        return;
    }
    if (was_connecting) {
        upstream.enqueue_head(chain_.is_check_due(upstream.id()));
    }
    cycles_.stream_opened();
    effects_.publish(updates::StreamOpened{upstream.id(), upstream.is_reopened()}, now);
}

void HeadMonitor::end_read(Upstream& upstream, base::Instant now) {
    const bool loop_is_on_time = now.mono - last_tick_ <= chain_.slot_duration() * 5 / 4;
    if (const auto changed = upstream.end_read(loop_is_on_time)) {
        effects_.publish(updates::StreamBuffered{upstream.id(), *changed}, now);
    }
}

void HeadMonitor::close(Upstream& upstream, StreamEndReason reason, std::string_view detail,
                        base::Instant now) {
    effects_.add(CloseStream{upstream.id(), reason});
    end(upstream, reason, base::printable(detail, kDetailBytesMax), now);
}

void HeadMonitor::end(Upstream& upstream, StreamEndReason reason, std::string_view detail,
                      base::Instant now) {
    const NodeId node = upstream.id();
    end_read(upstream, now);
    upstream.ended(reason);
    chain_.stream_ended(node);
    heads_.stream_ended(node, now);
    effects_.publish(
        updates::StreamEnded{node, reason, std::string{detail}, upstream.consecutive_disconnects()},
        now);
    heads_.publish_best(now);
}

void HeadMonitor::close_dead_streams(base::Instant now) {
    const bool before_genesis = chain_.is_before_genesis(now.wall);
    for (const NodeId node : upstreams_.order()) {
        Upstream& upstream = upstreams_.change(node);
        if (const auto dead = upstream.find_dead(now.mono, before_genesis)) {
            close(upstream, dead->reason, dead->detail, now);
        }
    }
}

void HeadMonitor::fetch_headers(base::Instant now) {
    const auto can_serve = [&](NodeId node) { return upstreams_.can_serve(node, now.mono); };
    const HeaderFetcher::Plan plan =
        headers_.plan(heads_.slots().wanted(now), upstreams_.order(), can_serve);
    for (const chain::Root& root : plan.unavailable) {
        heads_.slots().header_failed(root);
    }
    for (const HeaderFetcher::Request& request : plan.requests) {
        upstreams_.change(request.source).enqueue_header(request.root);
    }
}

Actions HeadMonitor::finish(base::Instant now) {
    upstreams_.settle(heads_.slots(), effects_, now);
    check_cycle(now);
    if (!over_) {
        upstreams_.send_requests(effects_, now.mono);
    }
    upstreams_.clear_marks();
    return effects_.take();
}

void HeadMonitor::check_cycle(base::Instant now) {
    const bool may_fail = !over_ && !upstreams_.is_any_streaming();
    const auto failed = may_fail ? cycles_.nothing_left() : std::nullopt;
    if (!failed) {
        return;
    }
    effects_.publish(*failed, now);
    if (failed->consecutive < kFailedCyclesMax) {
        return;
    }
    over_ = true;
    const std::string why =
        "no stream opened in " + std::to_string(kFailedCyclesMax) + " retry cycles in a row";
    effects_.publish(updates::RunEnded{updates::RunEndReason::kGaveUp, why}, now);
    effects_.add(GiveUp{why});
}

}  // namespace monitor
