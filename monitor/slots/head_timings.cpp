#include "monitor/slots/head_timings.hpp"

#include <algorithm>

namespace monitor {

void HeadTimings::set_syncing(updates::NodeId id, bool is_syncing) {
    nodes_[id].is_syncing = is_syncing;
}

chain::AttestationDeadline HeadTimings::deadline(chain::Slot slot) const {
    return chain::attestation_deadline(slot, spec_, clock_->slot_duration());
}

updates::HeadTimeliness HeadTimings::timeliness_of(Node& node, chain::Slot slot,
                                                   base::Instant at) const {
    updates::HeadTimeliness timeliness = updates::HeadTimeliness::kLive;
    if (clock_) {
        const auto now = clock_->slot_at(at.wall);
        const bool follows =
            node.slot && slot > *node.slot && node.is_stale &&
            at.mono - node.at < base::Duration{clock_->slot_duration()} / kBurstParts;
        const bool is_old = now && slot.value < now->value && now->value - slot.value > 1;
        if (follows && is_old) {
            timeliness = updates::HeadTimeliness::kBackfill;
        } else if (follows || is_old) {
            // The last heads of a burst say where the node is now, if not when it came there.
            timeliness = updates::HeadTimeliness::kStale;
        }
    }
    node.slot = slot;
    node.at = at.mono;
    node.is_stale = timeliness != updates::HeadTimeliness::kLive;
    return node.is_syncing ? updates::HeadTimeliness::kBackfill : timeliness;
}

std::vector<HeadTimings::Told>& HeadTimings::told_of(const chain::Root& root) {
    const auto [place, is_new] = told_.try_emplace(root);
    if (is_new) {
        order_.push_back(root);
        if (order_.size() > kRootsMax) {
            told_.erase(order_.front());
            order_.pop_front();
        }
    }
    return place->second;
}

updates::HeadTiming HeadTimings::report(updates::NodeId id, const chain::Head& head,
                                        updates::HeadSource source, base::Instant at) {
    updates::HeadTiming timing;
    Node& node = nodes_[id];
    if (source == updates::HeadSource::kPoll) {
        timing.timeliness =
            node.is_syncing ? updates::HeadTimeliness::kBackfill : updates::HeadTimeliness::kPolled;
        return timing;
    }
    timing.timeliness = timeliness_of(node, head.slot, at);
    std::vector<Told>& told = told_of(head.block);
    bool is_first_of_root = true;
    for (const Told& report : told) {
        if (report.node == id) {
            is_first_of_root = false;
            timing.is_repeat = timing.is_repeat || report.payload_status == head.payload_status;
        }
    }
    if (timing.is_repeat) {
        return timing;
    }
    told.push_back({id, head.payload_status});
    if (timing.timeliness == updates::HeadTimeliness::kLive && clock_) {
        timing.delay = clock_->delay_into(head.slot, at.wall);
        if (is_first_of_root) {
            timing.deadline = deadline(head.slot);
        }
    }
    return timing;
}

}  // namespace monitor
