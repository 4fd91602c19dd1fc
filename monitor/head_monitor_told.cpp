// What the monitor tells of nodes and slots, and when that is news.
#include <utility>

#include "monitor/head_monitor.hpp"
#include "updates/update.hpp"

namespace monitor {
void HeadMonitor::publish(Actions& out, updates::Fact fact, base::Instant at) {
    out.emplace_back(Publish{updates::Update{std::move(fact), at}});
}

void HeadMonitor::settle_read(Place node, base::Instant now, Actions& out) {
    const auto read = std::exchange(node->second.read, std::nullopt);
    // When our own loop was held up, what came meanwhile waited here.
    const bool ticks_come = now.mono - last_tick_ <= slot() * 5 / 4;
    if (!read || read->live_heads.empty() || !ticks_come) {
        return;
    }
    if (const auto changed = node->second.kept.proxy.read(read->live_heads, read->had_comment)) {
        publish(out, updates::StreamBuffered{node->first, *changed}, now);
        tell_new_status(node, now, out);
    }
}

void HeadMonitor::update_watch(Place node, base::Instant now) {
    const NodeMemory& kept = node->second.kept;
    const bool is_watched = node->second.state == updates::StreamState::kOpen &&
                            network_check(node) == updates::NetworkCheck::kMatch &&
                            !(kept.syncing && kept.syncing->is_syncing) &&
                            !kept.liveness.is_silent() && !kept.liveness.is_stalled();
    if (std::exchange(node->second.is_watched, is_watched) == is_watched) {
        return;
    }
    if (is_watched) {
        memory_.slots.observation_began(node->first, now);
    } else {
        memory_.slots.observation_ended(node->first, now);
    }
}

void HeadMonitor::publish_best(base::Instant now, Actions& out) {
    if (const auto news = best_.news()) {
        publish(out, *news, now);
        publish_facts(memory_.slots.best_head(news->head, now), now, out);
    }
}

void HeadMonitor::publish_facts(SlotTracker::Facts facts, base::Instant now, Actions& out) {
    for (updates::SlotFact& fact : facts) {
        const auto* behind = std::get_if<updates::NodeBehind>(&fact);
        const auto node = behind == nullptr ? nodes_.end() : nodes_.find(behind->node);
        if (node != nodes_.end()) {
            node->second.kept.is_behind = behind->is_behind;
        }
        std::visit([&](auto& one) { publish(out, std::move(one), now); }, fact);
        if (node != nodes_.end()) {
            tell_new_status(node, now, out);
        }
    }
}

updates::NodeStatus HeadMonitor::status_of(Place node) const {
    const NodeMemory& kept = node->second.kept;
    updates::NodeStatus status{node->first};
    status.state = node->second.state;
    status.version = kept.version;
    status.last_byte = kept.last_byte;
    status.last_head = kept.last_head;
    status.disconnects = kept.disconnects;
    status.malformed = kept.malformed;
    status.network_check = network_check(node);
    status.topic_set = kept.topics.form();
    status.syncing = kept.syncing;
    status.breaker = kept.questions.breaker();
    status.is_silent = kept.liveness.is_silent();
    status.is_stalled = kept.liveness.is_stalled();
    status.is_behind = kept.is_behind;
    status.is_buffered = kept.proxy.is_buffered();
    return status;
}

void HeadMonitor::tell_status(Place node, base::Instant now, Actions& out) {
    node->second.told = status_of(node);
    publish(out, *node->second.told, now);
}

void HeadMonitor::tell_new_status(Place node, base::Instant now, Actions& out) {
    updates::NodeStatus status = status_of(node);
    if (const auto& told = node->second.told) {
        // What streams do is told by updates of its own; bytes and heads come all the time.
        updates::NodeStatus same = *told;
        same.state = status.state;
        same.last_byte = status.last_byte;
        same.last_head = status.last_head;
        same.disconnects = status.disconnects;
        if (same == status) {
            return;
        }
    }
    node->second.told = status;
    publish(out, std::move(status), now);
}

}  // namespace monitor
