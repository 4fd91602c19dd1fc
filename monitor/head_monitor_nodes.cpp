// What the nodes are worth: what they answer by REST, and what follows for their heads.
#include <algorithm>
#include <utility>

#include "chain/spec.hpp"
#include "chain/sync_status.hpp"
#include "monitor/head_monitor.hpp"
#include "monitor/spec_vote.hpp"
#include "updates/update.hpp"

namespace monitor {
namespace {

using Kind = RestRequest::Kind;

/// A wall clock that moved this far against the monotonic one was set, not slewed.
constexpr base::Duration kWallStep = std::chrono::milliseconds{128};

chain::Head head_of(const beacon_api::BlockHeader& header) {
    chain::Head head;
    head.slot = header.slot;
    head.block = header.root;
    head.state = header.state_root;
    head.execution_optimistic = header.execution_optimistic;
    return head;
}

}  // namespace

updates::NetworkCheck HeadMonitor::network_check(Place node) const {
    return memory_.guard.network_check(node->first);
}

HeadMonitor::Actions HeadMonitor::answered(updates::NodeId candidate, const RestRequest& question,
                                           const RestAnswer& answer, base::Instant now) {
    Actions out;
    const auto node = nodes_.find(candidate);
    if (over_ || node == nodes_.end()) {
        return out;
    }
    NodeMemory& kept = node->second.kept;
    kept.questions.answered(answer, now.mono);
    for (const beacon_api::Exchange& exchange : answer.exchanges) {
        kept.liveness.rest_answered(exchange.received.mono);
        if (exchange.date) {
            memory_.clock.http_date(candidate, *exchange.date, exchange.sent, exchange.received);
        }
    }
    const base::Instant at = answer.exchanges.empty() ? now : answer.exchanges.back().received;
    if (answer.result) {
        const RestAnswer::Value& said = *answer.result;
        if (const auto* identity = std::get_if<Identity>(&said)) {
            identity_answered(node, *identity, now, out);
        } else if (const auto* version = std::get_if<std::string>(&said)) {
            version_answered(node, *version);
        } else if (const auto* syncing = std::get_if<chain::SyncStatus>(&said)) {
            syncing_answered(node, *syncing, now, out);
        } else if (const auto* header = std::get_if<beacon_api::BlockHeader>(&said)) {
            if (question.kind == Kind::kHead) {
                head_answered(node, *header, at, out);
            } else {
                publish_facts(memory_.slots.header(*header, now), now, out);
                want_headers(now, out);
            }
        }
    } else if (question.kind == Kind::kHeader) {
        // Another node may know it.
        asking_headers_.erase(question.root);
        want_headers(now, out);
    }
    tell_new_status(node, now, out);
    ask_next(node, now, out);
    return out;
}

void HeadMonitor::close_dead_streams(base::Instant now, Actions& out) {
    const bool before_genesis =
        memory_.slot_time && !memory_.slot_time->clock.slot_at(now.wall).has_value();
    for (updates::NodeId id : order_) {
        const auto node = nodes_.find(id);
        Liveness& liveness = node->second.kept.liveness;
        if (before_genesis) {
            liveness.before_genesis(now.mono);
        }
        switch (liveness.check(now.mono)) {
            case Liveness::Finding::kAlive:
                break;
            case Liveness::Finding::kSilent:
                close(node, updates::StreamEndReason::kSilent, "", now, out);
                break;
            case Liveness::Finding::kStalled: {
                const bool is_refusal = node->second.kept.topics.went_silent() ==
                                        TopicNegotiation::Retry::kAtNextOpening;
                close(node,
                      is_refusal ? updates::StreamEndReason::kTopicRefused
                                 : updates::StreamEndReason::kStalled,
                      "", now, out);
                break;
            }
        }
    }
}

void HeadMonitor::count_head(Place node, const chain::Head& head, updates::HeadSource source,
                             base::Instant at, Actions& out) {
    updates::NodeHead report{node->first, head};
    report.source = source;
    report.timing = memory_.slots.head(node->first, head, source, at);
    const updates::HeadTiming& timing = report.timing;
    if (timing.timeliness == updates::HeadTimeliness::kLive) {
        const FirstSeen::Report first = memory_.first_seen.report(key_of(head), at.mono);
        report.is_first = first.is_first;
        report.lag = first.lag;
        if (node->second.read) {
            node->second.read->live_heads.push_back(head.slot);
        }
    }
    if (timing.delay) {
        memory_.clock.head(node->first, *timing.delay, at);
    }
    const bool is_ahead = is_ahead_of_clock(head.slot, at);
    if (is_ahead) {
        // Either the node is wrong or our clock is.
        tell_clock(memory_.clock.check(at.mono), at, out);
    }
    if (!head.execution_optimistic && timing.timeliness != updates::HeadTimeliness::kBackfill &&
        (!is_ahead || clock_is_wrong())) {
        report.is_latest = best_.cache().is_latest(node->first, head.slot);
        best_.put(node->first, head, source);
    }
    publish(out, std::move(report), at);
    publish_best(at, out);
}

bool HeadMonitor::is_ahead_of_clock(chain::Slot slot, base::Instant at) const {
    return memory_.slot_time && memory_.slot_time->clock.delay_into(slot, at.wall) < -this->slot();
}

bool HeadMonitor::clock_is_wrong() const {
    // A single node must not be believed before the others have said anything.
    const bool all_have_spoken = std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& entry) {
        const auto& [id, node] = entry;
        return node.state == updates::StreamState::kEnded ||
               node.state == updates::StreamState::kConnecting ||
               memory_.guard.network_check(id) != updates::NetworkCheck::kMatch ||
               memory_.clock.has_sample(id);
    });
    return all_have_spoken &&
           memory_.clock.last_published() == updates::ClockSkew::Level::kVerdictsSuspended;
}

void HeadMonitor::withdraw_heads_ahead(base::Instant now, Actions& out) {
    if (clock_is_wrong()) {
        return;
    }
    for (updates::NodeId id : order_) {
        const HeadCache::Entry* const entry = best_.cache().find(id);
        if (entry != nullptr && is_ahead_of_clock(entry->head.slot, now)) {
            retract_head(nodes_.find(id), now, out);
        }
    }
}

void HeadMonitor::retract_head(Place node, base::Instant now, Actions& out) {
    best_.remove(node->first);
    memory_.slots.head_retracted(node->first, now);
    // The next answer by REST may stand in again.
    node->second.has_head = false;
    node->second.polled.reset();
    publish_best(now, out);
}

void HeadMonitor::identity_answered(Place node, const Identity& identity, base::Instant now,
                                    Actions& out) {
    node->second.kept.spec = identity.spec;
    apply(memory_.guard.answered(node->first, identity.chain), now, out);
    check_cycle(now, out);
}

void HeadMonitor::learn_chain(base::Instant now, Actions& out) {
    const ChainIdentity& chain = memory_.guard.agreed().value();
    const auto source = std::find_if(order_.begin(), order_.end(), [&](updates::NodeId id) {
        return memory_.guard.network_check(id) == updates::NetworkCheck::kMatch;
    });
    updates::SlotTime slot_time{chain::SlotClock{chain.genesis_time, chain.slot_duration},
                                updates::SlotTimeSource::kNode, std::nullopt};
    if (source != order_.end()) {
        slot_time.node = *source;
    }
    learn_slot_time(slot_time, now, out);
}

void HeadMonitor::apply(const NetworkGuard::Change& ruling, base::Instant now, Actions& out) {
    if (ruling.agreed_changed) {
        learn_chain(now, out);
    }
    learn_spec();
    for (updates::NodeId id : ruling.rejected) {
        const auto node = nodes_.find(id);
        if (node->second.state != updates::StreamState::kEnded) {
            close(node, updates::StreamEndReason::kWrongNetwork, "", now, out);
        }
        tell_new_status(node, now, out);
    }
    for (updates::NodeId id : ruling.accepted) {
        const auto node = nodes_.find(id);
        update_watch(node, now);
        tell_new_status(node, now, out);
    }
    for (const auto& [id, held] : ruling.released_heads) {
        if (const auto node = find_live(id); node != nodes_.end()) {
            count_head(node, held.head, updates::HeadSource::kStream, held.at, out);
        }
    }
}

void HeadMonitor::version_answered(Place node, const std::string& version) {
    NodeMemory& kept = node->second.kept;
    if (kept.version != version) {
        kept.version = version;
        kept.topics.version_learned(version);
        set_limits(node);
    }
}

void HeadMonitor::syncing_answered(Place node, const chain::SyncStatus& syncing, base::Instant now,
                                   Actions& out) {
    node->second.kept.syncing = syncing;
    memory_.slots.set_syncing(node->first, syncing.is_syncing);
    if (syncing.is_syncing) {
        retract_head(node, now, out);
    }
    update_watch(node, now);
}

void HeadMonitor::head_answered(Place node, const beacon_api::BlockHeader& header, base::Instant at,
                                Actions& out) {
    if (network_check(node) != updates::NetworkCheck::kMatch) {
        return;
    }
    Node& it = node->second;
    memory_.slots.rest_head(node->first, header, at);
    if (it.kept.syncing && it.kept.syncing->is_syncing) {
        // Some clients stream no heads while they sync: that is neither a stall nor a gap.
        return;
    }
    it.kept.liveness.rest_head(header.root, at.mono);
    const bool is_streaming =
        it.state == updates::StreamState::kOpen || it.state == updates::StreamState::kWaiting;
    if (is_streaming && !it.has_head && it.polled != header.root) {
        it.polled = header.root;
        count_head(node, head_of(header), updates::HeadSource::kPoll, at, out);
    }
}

void HeadMonitor::learn_slot_time(const updates::SlotTime& slot_time, base::Instant now,
                                  Actions& out) {
    if (memory_.slot_time && memory_.slot_time->clock == slot_time.clock) {
        return;
    }
    memory_.slot_time = slot_time;
    memory_.slots.set_slot_clock(slot_time.clock, now);
    memory_.clock.set_slot_duration(slot());
    for (auto node = nodes_.begin(); node != nodes_.end(); ++node) {
        set_limits(node);
    }
    out.emplace_back(SetSlotTime{slot_time.clock});
    publish(out, slot_time, now);
}

void HeadMonitor::learn_spec() {
    std::vector<chain::Spec> specs;
    for (updates::NodeId id : order_) {
        const auto node = nodes_.find(id);
        if (node->second.kept.spec && network_check(node) == updates::NetworkCheck::kMatch) {
            specs.push_back(*node->second.kept.spec);
        }
    }
    if (auto spec = vote(specs); spec && spec != memory_.spec) {
        memory_.spec = std::move(spec);
        memory_.slots.set_spec(*memory_.spec);
    }
}

void HeadMonitor::set_limits(Place node) {
    const auto configured = options_.liveness.find(node->first);
    node->second.kept.liveness.set_limits(liveness_limits(
        updates::find_client_habits(node->second.kept.version), slot(),
        configured == options_.liveness.end() ? LivenessOverride{} : configured->second));
}

void HeadMonitor::check_clock(base::Instant now, std::optional<base::KernelClock> kernel,
                              Actions& out) {
    memory_.clock.set_kernel(kernel);
    const base::Duration offset = now.wall.time_since_epoch() - now.mono.time_since_epoch();
    if (memory_.wall_offset && std::chrono::abs(offset - *memory_.wall_offset) > kWallStep) {
        memory_.clock.wall_stepped();
        if (memory_.slot_time) {
            memory_.slots.set_slot_clock(memory_.slot_time->clock, now);
        }
    }
    memory_.wall_offset = offset;
    tell_clock(memory_.clock.on_tick(now.mono), now, out);
}

void HeadMonitor::tell_clock(const std::optional<updates::ClockSkew>& skew, base::Instant now,
                             Actions& out) {
    if (skew) {
        memory_.slots.suspend_verdicts(skew->level ==
                                       updates::ClockSkew::Level::kVerdictsSuspended);
        publish(out, *skew, now);
    }
}

void HeadMonitor::watch_forks(base::Instant now) {
    const auto slot = memory_.slot_time ? memory_.slot_time->clock.slot_at(now.wall) : std::nullopt;
    if (!slot || !memory_.spec || !memory_.spec->gloas_fork_epoch) {
        return;
    }
    const chain::Epoch epoch = chain::epoch_of(*slot, *memory_.spec);
    for (auto& [id, node] : nodes_) {
        node.kept.topics.epoch_reached(epoch, *memory_.spec->gloas_fork_epoch);
    }
}

void HeadMonitor::want_status(Place node) {
    RestQueue& questions = node->second.kept.questions;
    if (memory_.guard.is_check_due(node->first)) {
        questions.enqueue({Kind::kIdentity, {}});
    }
    if (network_check(node) == updates::NetworkCheck::kMismatch) {
        return;
    }
    // In this order: a head counts once its node is checked, and is best only if it does not sync.
    for (const Kind kind : {Kind::kVersion, Kind::kSyncing, Kind::kHead}) {
        questions.enqueue({kind, {}});
    }
}

void HeadMonitor::want_gap_filled(Place node) {
    if (memory_.guard.is_check_due(node->first)) {
        node->second.kept.questions.enqueue({Kind::kIdentity, {}});
    }
    node->second.kept.questions.enqueue({Kind::kHead, {}});
}

HeadMonitor::Place HeadMonitor::whom_to_ask(const WantedHeader& wanted, base::Instant now) {
    const std::set<updates::NodeId>& asked = asked_headers_[wanted.root];
    const auto can_tell = [&](const Place& node) {
        return node != nodes_.end() && !asked.contains(node->first) &&
               network_check(node) == updates::NetworkCheck::kMatch &&
               node->second.kept.questions.may_request(now.mono);
    };
    if (const auto node = wanted.ask ? nodes_.find(*wanted.ask) : nodes_.end(); can_tell(node)) {
        return node;
    }
    for (updates::NodeId id : order_) {
        if (const auto node = nodes_.find(id); can_tell(node)) {
            return node;
        }
    }
    return nodes_.end();
}

void HeadMonitor::want_headers(base::Instant now, Actions& out) {
    for (const WantedHeader& wanted : memory_.slots.wanted(now)) {
        if (asking_headers_.contains(wanted.root)) {
            continue;
        }
        const auto node = whom_to_ask(wanted, now);
        if (node == nodes_.end()) {
            memory_.slots.header_failed(wanted.root);
            continue;
        }
        asking_headers_.insert(wanted.root);
        asked_headers_[wanted.root].insert(node->first);
        node->second.kept.questions.enqueue({Kind::kHeader, wanted.root});
        ask_next(node, now, out);
    }
}

void HeadMonitor::ask_next(Place node, base::Instant now, Actions& out) {
    if (over_) {
        return;
    }
    if (const auto question = node->second.kept.questions.next(now.mono)) {
        out.emplace_back(SendRequest{node->first, *question});
    }
}

}  // namespace monitor
