#include "monitor/slots/head_timings.hpp"

#include <algorithm>

namespace monitor {
namespace {

std::uint8_t bit_of(const std::optional<chain::PayloadStatus>& status) {
    if (!status) {
        return 1;
    }
    return *status == chain::PayloadStatus::kEmpty ? 2 : 4;
}

}  // namespace

void HeadTimings::set_syncing(updates::NodeId id, bool is_syncing) {
    nodes_[id].is_syncing = is_syncing;
}

chain::AttestationDeadline HeadTimings::deadline(chain::Slot slot) const {
    return chain::attestation_deadline(slot, spec_, clock_->slot_duration());
}

bool HeadTimings::is_on_time(chain::Slot slot, base::Instant at) const {
    return clock_->delay_into(slot, at.wall) <= deadline(slot).after_start;
}

updates::HeadTimeliness HeadTimings::timeliness_of(Node& node, chain::Slot slot,
                                                   base::Instant at) const {
    updates::HeadTimeliness timeliness = updates::HeadTimeliness::kLive;
    if (clock_) {
        const auto now = clock_->slot_at(at.wall);
        const bool follows =
            node.slot && slot > *node.slot && node.is_stale &&
            at.mono - node.at < base::Duration{clock_->slot_duration()} / kBurstParts;
        const bool is_old = now && distance(slot, *now) > 1;
        if (follows && is_old) {
            timeliness = updates::HeadTimeliness::kBackfill;
        } else if (is_old || (follows && !is_on_time(slot, at))) {
            // The last heads of a burst say where the node is now, if not when it came there; one
            // that came in time came in time, whatever was in front of it.
            timeliness = updates::HeadTimeliness::kStale;
        }
    }
    node.slot = slot;
    node.at = at.mono;
    node.is_stale = timeliness != updates::HeadTimeliness::kLive;
    return node.is_syncing ? updates::HeadTimeliness::kBackfill : timeliness;
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
    ids_ = std::max(ids_, std::size_t{id.index()} + 1);
    const auto [place, is_new] = reports_.try_reuse(head.block);
    Reports& reports = *place;
    if (is_new) {
        reports.assign(ids_, 0);
    } else if (reports.size() < ids_) {
        reports.resize(ids_);
    }
    std::uint8_t& reported = reports[id.index()];
    const std::uint8_t now = bit_of(head.payload_status);
    timing.is_repeat = (reported & now) != 0;
    if (timing.is_repeat) {
        return timing;
    }
    const bool is_first_of_root = reported == 0;
    reported = static_cast<std::uint8_t>(reported | now);
    timing.is_payload = !is_first_of_root;
    if (timing.timeliness == updates::HeadTimeliness::kLive && clock_) {
        timing.delay = clock_->delay_into(head.slot, at.wall);
        if (is_first_of_root) {
            timing.deadline = deadline(head.slot);
        }
    }
    return timing;
}

}  // namespace monitor
