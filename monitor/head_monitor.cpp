#include "monitor/head_monitor.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/printable.hpp"

namespace monitor {
namespace {

constexpr std::size_t kDetailBytesMax = 200;

bool is_head_topic(std::string_view topic) {
    return topic == "head" || topic == "head_v2";
}

std::string detail_of_error_event(const base::Result<beacon_api::ChainEvent>& event) {
    if (!event) {
        return {};
    }
    const auto* other = std::get_if<beacon_api::OtherEvent>(&event.value());
    return other == nullptr ? std::string{} : other->data;
}

}  // namespace

HeadMonitor::HeadMonitor(std::vector<updates::NodeId> candidates, Options options,
                         PersistentState state)
    : options_{std::move(options)},
      memory_{std::move(state)},
      order_{std::move(candidates)},
      best_{std::exchange(memory_.best, std::nullopt)} {
    for (updates::NodeId id : order_) {
        Node& node = nodes_[id];
        if (const auto known = memory_.nodes.find(id); known != memory_.nodes.end()) {
            node.kept = std::move(known->second);
        }
    }
    memory_.nodes.clear();
}

HeadMonitor::Actions HeadMonitor::started(base::Instant now) {
    Actions out;
    opened_at_ = now.mono;
    last_tick_ = now.mono;
    publish(out, updates::RunStarted{order_}, now);
    memory_.slots.set_candidates(order_, now);
    memory_.clock.set_candidates(order_);
    if (options_.slot_time && !memory_.slot_time) {
        learn_slot_time(*options_.slot_time, now, out);
    }
    apply(memory_.guard.set_candidates(order_), now, out);
    for (updates::NodeId id : order_) {
        const auto node = nodes_.find(id);
        set_limits(node);
        if (network_check(node) != updates::NetworkCheck::kMismatch) {
            open(node, now, out);
        }
        want_status(node);
        tell_status(node, now, out);
        ask_next(node, now, out);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::stream_connected(updates::NodeId candidate, base::Instant now) {
    Actions out;
    const auto node = find_live(candidate);
    if (node != nodes_.end() && node->second.state == updates::StreamState::kConnecting) {
        node->second.state = updates::StreamState::kWaiting;
        want_gap_filled(node);
        tell_status(node, now, out);
        ask_next(node, now, out);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::stream_opened(updates::NodeId candidate, base::Instant now) {
    Actions out;
    const auto node = find_live(candidate);
    if (node != nodes_.end()) {
        become_open(node, now, out);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::bytes_received(updates::NodeId candidate, base::Instant at) {
    Actions out;
    const auto node = find_live(candidate);
    if (node != nodes_.end()) {
        settle_read(node, at, out);
        node->second.read = Read{at.mono, {}, false};
        node->second.kept.last_byte = at;
        const bool was_silent = node->second.kept.liveness.is_silent();
        node->second.kept.liveness.bytes(at.mono);
        become_open(node, at, out);
        if (was_silent) {
            update_watch(node, at);
            tell_new_status(node, at, out);
        }
    }
    return out;
}

void HeadMonitor::comment_received(updates::NodeId candidate) {
    const auto node = find_live(candidate);
    if (node != nodes_.end() && node->second.read) {
        node->second.read->had_comment = true;
    }
}

HeadMonitor::Actions HeadMonitor::event_received(updates::NodeId candidate, std::string_view topic,
                                                 const base::Result<beacon_api::ChainEvent>& event,
                                                 base::Instant at) {
    Actions out;
    const auto node = find_live(candidate);
    if (node == nodes_.end()) {
        return out;
    }
    node->second.kept.last_byte = at;
    node->second.kept.liveness.bytes(at.mono);
    become_open(node, at, out);
    if (topic == "error") {
        close(node, updates::StreamEndReason::kErrorEvent, detail_of_error_event(event), at, out);
        return out;
    }
    const std::vector<std::string>& asked = node->second.asked;
    if (std::find(asked.begin(), asked.end(), topic) == asked.end()) {
        close(node, updates::StreamEndReason::kUnexpectedEvent, topic, at, out);
        return out;
    }
    node->second.kept.topics.event_received();
    if (!is_head_topic(topic)) {
        optional_received(node, topic, event, at, out);
        return out;
    }
    const auto* head = event ? std::get_if<chain::Head>(&event.value()) : nullptr;
    if (head == nullptr) {
        const std::string what = event ? "no head" : base::to_string(event.error());
        close(node, updates::StreamEndReason::kMalformed, std::string{topic} + ": " + what, at,
              out);
        return out;
    }
    head_received(node, *head, at, out);
    return out;
}

HeadMonitor::Actions HeadMonitor::stream_ended(updates::NodeId candidate, const StreamEnd& why,
                                               base::Instant now) {
    Actions out;
    const auto node = find_live(candidate);
    if (node == nodes_.end()) {
        return out;
    }
    TopicNegotiation& topics = node->second.kept.topics;
    updates::StreamEndReason reason = why.reason;
    if (reason == updates::StreamEndReason::kHttpStatus) {
        if (topics.refused_by_status(why.http_status) == TopicNegotiation::Retry::kNow) {
            node->second.state = updates::StreamState::kConnecting;
            send_request(node, out);
            tell_status(node, now, out);
            return out;
        }
    } else if (topics.ended(reason) == TopicNegotiation::Retry::kAtNextOpening) {
        reason = updates::StreamEndReason::kTopicRefused;
    }
    // Escaped where it was made.
    end(node, reason, std::string_view{why.detail}.substr(0, kDetailBytesMax), now, out);
    check_cycle(now, out);
    return out;
}

HeadMonitor::Actions HeadMonitor::on_tick(base::Instant now,
                                          std::optional<base::KernelClock> kernel) {
    Actions out;
    if (over_ || now.mono - opened_at_ < slot() / 2) {
        return out;
    }
    out.reserve(2 * order_.size());
    check_clock(now, kernel, out);
    withdraw_heads_ahead(now, out);
    watch_forks(now);
    close_dead_streams(now, out);
    cycles_.on_tick(is_any(updates::StreamState::kOpen));
    last_tick_ = now.mono;
    asking_headers_.clear();
    asked_headers_.clear();
    for (updates::NodeId id : order_) {
        const auto node = nodes_.find(id);
        settle_read(node, now, out);
        node->second.kept.questions.slot_began();
        if (node->second.state == updates::StreamState::kEnded &&
            network_check(node) != updates::NetworkCheck::kMismatch) {
            open(node, now, out);
        }
        want_status(node);
        update_watch(node, now);
        tell_status(node, now, out);
        ask_next(node, now, out);
    }
    if (cycles_.ticks() >= 2) {
        best_.drop_floor();
        publish_best(now, out);
    }
    publish_facts(memory_.slots.check(now), now, out);
    want_headers(now, out);
    check_cycle(now, out);
    return out;
}

HeadMonitor::Actions HeadMonitor::slot_began(base::Instant now) {
    Actions out;
    if (!over_) {
        publish_facts(memory_.slots.check(now), now, out);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::stopped(updates::RunEndReason run_end, base::Instant now) {
    Actions out;
    if (over_) {
        return out;
    }
    // Emptied at once, lest each closed stream make another node's head the best.
    best_.clear();
    for (updates::NodeId id : order_) {
        const auto node = find_live(id);
        if (node != nodes_.end()) {
            close(node, updates::StreamEndReason::kCancelled, "", now, out);
        }
    }
    over_ = true;
    publish(out, updates::RunEnded{run_end, ""}, now);
    return out;
}

updates::StreamState HeadMonitor::state(updates::NodeId candidate) const {
    const auto node = nodes_.find(candidate);
    return node == nodes_.end() ? updates::StreamState::kEnded : node->second.state;
}

PersistentState HeadMonitor::take_state() && {
    assert(over_);
    for (auto& [id, node] : nodes_) {
        node.kept.questions.run_ended();
        memory_.nodes.insert_or_assign(id, std::move(node.kept));
    }
    memory_.best = best_.last_published();
    return std::move(memory_);
}

HeadMonitor::Place HeadMonitor::find_live(updates::NodeId candidate) {
    const auto node = over_ ? nodes_.end() : nodes_.find(candidate);
    return node != nodes_.end() && node->second.state == updates::StreamState::kEnded ? nodes_.end()
                                                                                      : node;
}

bool HeadMonitor::is_any(updates::StreamState state) const {
    return std::any_of(nodes_.begin(), nodes_.end(),
                       [&](const auto& node) { return node.second.state == state; });
}

base::Duration HeadMonitor::slot() const {
    return memory_.slot_time ? memory_.slot_time->clock.slot_duration()
                             : chain::kDefaultSlotDuration;
}

void HeadMonitor::open(Place node, base::Instant now, Actions& out) {
    Node& it = node->second;
    it.state = updates::StreamState::kConnecting;
    ++it.openings;
    it.has_head = false;
    it.polled.reset();
    it.kept.topics.opening(now.mono);
    it.kept.liveness.opening(now.mono);
    it.kept.proxy.opening();
    memory_.guard.opened(node->first);
    send_request(node, out);
}

void HeadMonitor::send_request(Place node, Actions& out) {
    node->second.asked = node->second.kept.topics.topic_list();
    out.emplace_back(OpenStream{node->first, node->second.kept.topics.topics()});
}

void HeadMonitor::become_open(Place node, base::Instant now, Actions& out) {
    if (node->second.state == updates::StreamState::kOpen) {
        return;
    }
    if (node->second.state == updates::StreamState::kConnecting) {
        want_gap_filled(node);
    }
    node->second.state = updates::StreamState::kOpen;
    node->second.kept.consecutive_disconnects = 0;
    cycles_.stream_opened();
    publish(out, updates::StreamOpened{node->first, node->second.openings > 1}, now);
    update_watch(node, now);
    ask_next(node, now, out);
}

void HeadMonitor::head_received(Place node, const chain::Head& head, base::Instant at,
                                Actions& out) {
    Node& it = node->second;
    it.has_head = true;
    it.kept.last_head = at;
    const bool was_stalled = it.kept.liveness.is_stalled();
    it.kept.liveness.head(head.block, at.mono);
    it.kept.topics.head_received();
    cycles_.head_received();
    if (network_check(node) == updates::NetworkCheck::kMatch) {
        count_head(node, head, updates::HeadSource::kStream, at, out);
    } else {
        memory_.guard.hold(node->first, HeldHead{head, at});
    }
    if (was_stalled) {
        update_watch(node, at);
        tell_new_status(node, at, out);
    }
}

void HeadMonitor::optional_received(Place node, std::string_view topic,
                                    const base::Result<beacon_api::ChainEvent>& event,
                                    base::Instant at, Actions& out) {
    NodeMemory& kept = node->second.kept;
    // On the day of a fork an optional topic may change its shape, and the heads must go on.
    if (!event) {
        ++kept.malformed;
        kept.topics.malformed_optional(topic);
        return;
    }
    if (network_check(node) != updates::NetworkCheck::kMatch) {
        return;
    }
    if (const auto* block = std::get_if<beacon_api::BlockEvent>(&event.value())) {
        memory_.slots.block(*block);
    } else if (const auto* reorg = std::get_if<beacon_api::ChainReorgEvent>(&event.value())) {
        publish_facts(memory_.slots.chain_reorg(node->first, *reorg, at), at, out);
    } else if (const auto* checkpoint = std::get_if<chain::FinalizedCheckpoint>(&event.value())) {
        publish(out, updates::Finalized{node->first, *checkpoint}, at);
    }
}

void HeadMonitor::close(Place node, updates::StreamEndReason reason, std::string_view detail,
                        base::Instant now, Actions& out) {
    out.emplace_back(CloseStream{node->first, reason});
    end(node, reason, base::printable(detail, kDetailBytesMax), now, out);
}

void HeadMonitor::end(Place node, updates::StreamEndReason reason, std::string_view detail,
                      base::Instant now, Actions& out) {
    settle_read(node, now, out);
    node->second.state = updates::StreamState::kEnded;
    NodeMemory& kept = node->second.kept;
    if (reason != updates::StreamEndReason::kCancelled) {
        ++kept.disconnects;
        ++kept.consecutive_disconnects;
    }
    kept.liveness.ended();
    memory_.guard.ended(node->first);
    memory_.slots.head_retracted(node->first, now);
    update_watch(node, now);
    best_.remove(node->first);
    publish(out,
            updates::StreamEnded{node->first, reason, std::string{detail},
                                 kept.consecutive_disconnects},
            now);
    publish_best(now, out);
}

void HeadMonitor::check_cycle(base::Instant now, Actions& out) {
    if (over_ || is_any(updates::StreamState::kConnecting) ||
        is_any(updates::StreamState::kWaiting) || is_any(updates::StreamState::kOpen)) {
        return;
    }
    const auto failed = cycles_.nothing_left();
    if (!failed) {
        return;
    }
    publish(out, *failed, now);
    if (failed->consecutive < kFailedCyclesMax) {
        return;
    }
    over_ = true;
    const std::string why =
        "no stream opened in " + std::to_string(kFailedCyclesMax) + " retry cycles in a row";
    publish(out, updates::RunEnded{updates::RunEndReason::kGaveUp, why}, now);
    out.emplace_back(GiveUp{why});
}

}  // namespace monitor
