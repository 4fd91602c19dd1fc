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

void publish(HeadMonitor::Actions& out, Fact fact, base::Instant at) {
    out.emplace_back(HeadMonitor::Publish{Update{std::move(fact), at}});
}

void publish_status(HeadMonitor::Actions& out, const CandidateId& candidate, StreamState state,
                    const NodeMemory& kept, base::Instant now) {
    NodeStatus status{candidate};
    status.state = state;
    status.version = kept.version;
    status.last_byte = kept.last_byte;
    status.last_head = kept.last_head;
    status.ends = kept.ends;
    publish(out, std::move(status), now);
}

std::string detail_of_error_event(const base::Result<beacon_api::ChainEvent>& event) {
    if (!event) {
        return {};
    }
    const auto* other = std::get_if<beacon_api::OtherEvent>(&event.value());
    return other == nullptr ? std::string{} : other->data;
}

}  // namespace

HeadMonitor::HeadMonitor(std::vector<CandidateId> candidates, std::vector<std::string> topics,
                         Memory memory)
    : topics_{std::move(topics)}, memory_{std::move(memory)}, order_{std::move(candidates)} {
    for (const CandidateId& id : order_) {
        Node& node = nodes_[id];
        if (const auto known = memory_.nodes.find(id); known != memory_.nodes.end()) {
            node.kept = std::move(known->second);
        }
    }
    memory_.nodes.clear();
    floor_holds_ = memory_.best.has_value();
}

HeadMonitor::Actions HeadMonitor::started(base::Instant now) {
    Actions out;
    opened_at_ = now.mono;
    publish(out, RunStarted{order_}, now);
    for (const CandidateId& id : order_) {
        const auto node = nodes_.find(id);
        open(node, out);
        publish_status(out, node->first, node->second.state, node->second.kept, now);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::stream_connected(const CandidateId& candidate,
                                                   base::Instant now) {
    Actions out;
    const auto node = find_live(candidate);
    if (node != nodes_.end() && node->second.state == StreamState::kConnecting) {
        node->second.state = StreamState::kWaiting;
        publish_status(out, node->first, node->second.state, node->second.kept, now);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::stream_opened(const CandidateId& candidate, base::Instant now) {
    Actions out;
    const auto node = find_live(candidate);
    if (node != nodes_.end()) {
        become_open(node, now, out);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::bytes_received(const CandidateId& candidate, base::Instant at) {
    Actions out;
    const auto node = find_live(candidate);
    if (node != nodes_.end()) {
        node->second.kept.last_byte = at;
        become_open(node, at, out);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::event_received(const CandidateId& candidate,
                                                 std::string_view topic,
                                                 const base::Result<beacon_api::ChainEvent>& event,
                                                 base::Instant at) {
    Actions out;
    const auto node = find_live(candidate);
    if (node == nodes_.end()) {
        return out;
    }
    NodeMemory& memory = node->second.kept;
    memory.last_byte = at;
    become_open(node, at, out);
    if (topic == "error") {
        close(node, base::EndReason::kErrorEvent, detail_of_error_event(event), at, out);
        return out;
    }
    const std::vector<std::string>& asked = node->second.asked;
    if (std::find(asked.begin(), asked.end(), topic) == asked.end()) {
        close(node, base::EndReason::kUnexpectedEvent, topic, at, out);
        return out;
    }
    if (!is_head_topic(topic)) {
        // On the day of a fork an optional topic may change its shape, and the heads must go on.
        if (!event) {
            ++memory.optional_malformed;
            memory.left_out.emplace(topic);
        }
        return out;
    }
    const auto* head = event ? std::get_if<beacon_api::HeadEvent>(&event.value()) : nullptr;
    if (head == nullptr) {
        const std::string what = event ? "no head" : base::to_string(event.error());
        close(node, base::EndReason::kMalformed, std::string{topic} + ": " + what, at, out);
        return out;
    }
    head_received(node, *head, at, out);
    return out;
}

HeadMonitor::Actions HeadMonitor::stream_ended(const CandidateId& candidate, base::EndReason reason,
                                               std::string_view detail, base::Instant now) {
    Actions out;
    const auto node = find_live(candidate);
    if (node != nodes_.end()) {
        // Escaped where it was made.
        end(node, reason, detail.substr(0, kDetailBytesMax), now, out);
        check_cycle(now, out);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::ticked(base::Instant now) {
    Actions out;
    if (over_ || now.mono - opened_at_ < slot() / 2) {
        return out;
    }
    out.reserve(2 * order_.size());
    ++ticks_;
    cycle_failed_ = false;
    open_since_tick_ = is_any(StreamState::kOpen);
    for (const CandidateId& id : order_) {
        const auto node = nodes_.find(id);
        if (node->second.state == StreamState::kEnded) {
            open(node, out);
        }
        publish_status(out, node->first, node->second.state, node->second.kept, now);
    }
    if (ticks_ >= 2 && std::exchange(floor_holds_, false)) {
        publish_best(now, out);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::version_learned(const CandidateId& candidate, std::string version,
                                                  base::Instant now) {
    Actions out;
    const auto node = nodes_.find(candidate);
    if (over_ || node == nodes_.end()) {
        return out;
    }
    NodeMemory& memory = node->second.kept;
    if (memory.version != version) {
        memory.version = std::move(version);
        publish_status(out, node->first, node->second.state, node->second.kept, now);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::slot_time_learned(const SlotTime& slot_time, base::Instant now) {
    Actions out;
    if (!over_ && !(memory_.slot_time && memory_.slot_time->clock == slot_time.clock)) {
        memory_.slot_time = slot_time;
        publish(out, slot_time, now);
    }
    return out;
}

HeadMonitor::Actions HeadMonitor::stopped(RunEnd run_end, base::Instant now) {
    Actions out;
    if (over_) {
        return out;
    }
    // Emptied at once, lest each closed stream make another node's head the best.
    heads_ = HeadCache{};
    for (const CandidateId& id : order_) {
        const auto node = find_live(id);
        if (node != nodes_.end()) {
            close(node, base::EndReason::kCancelled, "", now, out);
        }
    }
    over_ = true;
    publish(out, RunEnded{run_end, ""}, now);
    return out;
}

StreamState HeadMonitor::state(const CandidateId& candidate) const {
    const auto node = nodes_.find(candidate);
    return node == nodes_.end() ? StreamState::kEnded : node->second.state;
}

Memory HeadMonitor::take_memory() && {
    assert(over_);
    for (auto& [id, node] : nodes_) {
        memory_.nodes.insert_or_assign(id, std::move(node.kept));
    }
    return std::move(memory_);
}

HeadMonitor::Place HeadMonitor::find_live(const CandidateId& candidate) {
    const auto node = over_ ? nodes_.end() : nodes_.find(candidate);
    return node != nodes_.end() && node->second.state == StreamState::kEnded ? nodes_.end() : node;
}

bool HeadMonitor::is_any(StreamState state) const {
    return std::any_of(nodes_.begin(), nodes_.end(),
                       [&](const auto& node) { return node.second.state == state; });
}

base::Duration HeadMonitor::slot() const {
    return memory_.slot_time ? memory_.slot_time->clock.slot_duration() : kDefaultSlot;
}

void HeadMonitor::open(Place node, Actions& out) {
    node->second.state = StreamState::kConnecting;
    ++node->second.openings;
    std::vector<std::string>& asked = node->second.asked;
    asked.clear();
    std::string joined;
    for (const std::string& topic : topics_) {
        if (!node->second.kept.left_out.contains(topic)) {
            asked.push_back(topic);
            joined += (joined.empty() ? "" : ",") + topic;
        }
    }
    out.emplace_back(OpenStream{node->first, std::move(joined)});
}

void HeadMonitor::become_open(Place node, base::Instant now, Actions& out) {
    if (node->second.state == StreamState::kOpen) {
        return;
    }
    node->second.state = StreamState::kOpen;
    node->second.kept.ends_in_row = 0;
    open_since_tick_ = true;
    failed_in_row_ = 0;
    publish(out, StreamOpened{node->first, node->second.openings > 1}, now);
}

void HeadMonitor::head_received(Place node, const beacon_api::HeadEvent& head, base::Instant at,
                                Actions& out) {
    node->second.kept.last_head = at;
    failed_in_row_ = 0;
    out.reserve(2);
    NodeHead report{node->first, head};
    const FirstSeen::Report first = memory_.first_seen.report(key_of(head), at.mono);
    report.is_first = first.is_first;
    report.lag = first.lag;
    if (memory_.slot_time) {
        report.timing.delay = memory_.slot_time->clock.delay_into(head.slot, at.wall);
    }
    if (!head.execution_optimistic) {
        report.is_latest = heads_.is_latest(node->first, head.slot);
        heads_.put(node->first, head);
    }
    publish(out, std::move(report), at);
    publish_best(at, out);
}

void HeadMonitor::close(Place node, base::EndReason reason, std::string_view detail,
                        base::Instant now, Actions& out) {
    out.emplace_back(CloseStream{node->first, reason});
    end(node, reason, base::printable(detail, kDetailBytesMax), now, out);
}

void HeadMonitor::end(Place node, base::EndReason reason, std::string_view detail,
                      base::Instant now, Actions& out) {
    node->second.state = StreamState::kEnded;
    NodeMemory& memory = node->second.kept;
    ++memory.ends;
    ++memory.ends_in_row;
    heads_.remove(node->first);
    publish(out, StreamEnded{node->first, reason, std::string{detail}, memory.ends_in_row}, now);
    publish_best(now, out);
}

void HeadMonitor::publish_best(base::Instant now, Actions& out) {
    const HeadCache::Entry* best = heads_.best();
    // A head that was stale when it came is not made news by the end of the node that was ahead.
    if (best == nullptr || !best->was_latest) {
        return;
    }
    if (floor_holds_ && best->head.slot < memory_.best->head.slot) {
        return;
    }
    floor_holds_ = false;
    if (memory_.best && key_of(memory_.best->head) == key_of(best->head)) {
        return;
    }
    memory_.best = BestHead{best->candidate, best->head};
    publish(out, *memory_.best, now);
}

void HeadMonitor::check_cycle(base::Instant now, Actions& out) {
    // The opening at the start of a run is no retry cycle.
    const bool cycle_is_on = ticks_ > 0;
    if (!cycle_is_on || cycle_failed_ || open_since_tick_) {
        return;
    }
    if (is_any(StreamState::kConnecting) || is_any(StreamState::kWaiting)) {
        return;
    }
    cycle_failed_ = true;
    ++failed_in_row_;
    publish(out, CycleFailed{failed_in_row_, kFailedCyclesMax}, now);
    if (failed_in_row_ < kFailedCyclesMax) {
        return;
    }
    over_ = true;
    const std::string why =
        "no stream opened in " + std::to_string(kFailedCyclesMax) + " retry cycles in a row";
    publish(out, RunEnded{RunEnd::kGaveUp, why}, now);
    out.emplace_back(GiveUp{why});
}

}  // namespace monitor
