#include "monitor/slots/slot_tracker.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace monitor {

void SlotTracker::set_slot_clock(const chain::SlotClock& clock, base::Instant now) {
    const base::Duration slot = clock.slot_duration();
    times_.set_slot_clock(clock);
    verdicts_.set_slot_clock(clock, now.wall);
    const base::Duration patience = std::max<base::Duration>(slot * kPatienceSlots, kPatienceFloor);
    splits_.set_limits(std::max<base::Duration>(slot / kGraceParts, kGraceFloor), patience);
    reorgs_.set_patience(patience);
}

void SlotTracker::set_candidates(const std::vector<updates::NodeId>& candidates,
                                 base::Instant now) {
    for (const updates::NodeId node : candidates_) {
        if (std::find(candidates.begin(), candidates.end(), node) == candidates.end()) {
            times_.forget(node);
            splits_.forget(node, now.mono);
            verdicts_.forget(node);
        }
    }
    candidates_ = candidates;
}

void SlotTracker::set_syncing(updates::NodeId node, bool is_syncing) {
    times_.set_syncing(node, is_syncing);
}

void SlotTracker::observation_began(updates::NodeId node, base::Instant at) {
    verdicts_.observation_began(node, at.wall);
}

void SlotTracker::observation_ended(updates::NodeId node, base::Instant at) {
    verdicts_.observation_ended(node, at.wall);
}

void SlotTracker::head_retracted(updates::NodeId node, base::Instant at) {
    splits_.remove(node, at.mono);
}

void SlotTracker::reported(const chain::Root& root, updates::NodeId node) {
    *reporters_.try_emplace(root, node).first = node;
}

updates::HeadTiming SlotTracker::head(updates::NodeId node, const chain::Head& head,
                                      updates::HeadSource source, base::Instant at) {
    const updates::HeadTiming timing = times_.report(node, head, source, at);
    if (timing.timeliness == updates::HeadTimeliness::kBackfill) {
        verdicts_.block_known(head.slot);
        return timing;
    }
    ancestry_.add_block(head.block, head.slot);
    reported(head.block, node);
    if (timing.delay) {
        verdicts_.seen(node, head.slot, head.block, *timing.delay, head.execution_optimistic,
                       at.wall);
    } else {
        verdicts_.block_known(head.slot);
    }
    if (!head.execution_optimistic) {
        splits_.head(node, head.block, head.slot, at.mono);
    }
    return timing;
}

void SlotTracker::rest_head(updates::NodeId node, const beacon_api::BlockHeader& header,
                            base::Instant at) {
    learn(header);
    verdicts_.rest_head(node, header.slot, at.wall);
}

void SlotTracker::block(const beacon_api::BlockEvent& event) {
    ancestry_.add_block(event.block, event.slot);
    verdicts_.block_known(event.slot);
}

void SlotTracker::learn(const beacon_api::BlockHeader& header) {
    ancestry_.add_header(header.root, header.slot, header.parent_root);
    verdicts_.block_known(header.slot);
}

SlotTracker::Facts SlotTracker::best_head(const chain::Head& head, base::Instant at) {
    ancestry_.add_block(head.block, head.slot);
    reorgs_.best_head(head.block, at.mono);
    return settle(at);
}

SlotTracker::Facts SlotTracker::chain_reorg(updates::NodeId node,
                                            const beacon_api::ChainReorgEvent& event,
                                            base::Instant at) {
    reported(event.new_head_block, node);
    Facts out;
    if (auto reorg = reorgs_.reported(node, event, at.mono)) {
        out.emplace_back(*reorg);
    }
    Facts settled = settle(at);
    std::move(settled.begin(), settled.end(), std::back_inserter(out));
    return out;
}

SlotTracker::Facts SlotTracker::header(const beacon_api::BlockHeader& header, base::Instant now) {
    ++steps_;
    learn(header);
    return settle(now);
}

void SlotTracker::header_failed(const chain::Root& root) {
    ++steps_;
    failed_.insert(root);
}

SlotTracker::Facts SlotTracker::settle(base::Instant now) {
    Facts out;
    for (const updates::Reorg& reorg : reorgs_.settle(ancestry_, now.mono)) {
        out.emplace_back(reorg);
    }
    Facts splits = splits_.settle(ancestry_, now.mono);
    std::move(splits.begin(), splits.end(), std::back_inserter(out));
    return out;
}

SlotTracker::Facts SlotTracker::check(base::Instant now) {
    steps_ = 0;
    failed_.clear();
    Facts out = settle(now);
    const auto deadline_of = [this](chain::Slot slot) { return times_.deadline(slot); };
    for (const updates::SlotVerdict& verdict : verdicts_.close(now.wall, deadline_of)) {
        if (!verdicts_suspended_) {
            out.emplace_back(verdict);
        }
    }
    return out;
}

std::vector<WantedHeader> SlotTracker::wanted(base::Instant now) const {
    std::vector<MissingHeader> missing = reorgs_.missing(ancestry_);
    const std::vector<MissingHeader> of_splits = splits_.missing(ancestry_, now.mono);
    missing.insert(missing.end(), of_splits.begin(), of_splits.end());
    std::vector<WantedHeader> out;
    std::set<chain::Root> named = failed_;
    for (const MissingHeader& header : missing) {
        if (steps_ + out.size() >= kStepsMax) {
            break;
        }
        if (named.insert(header.root).second) {
            const updates::NodeId* const reporter = reporters_.find(header.head);
            out.push_back(
                {header.root, reporter == nullptr ? std::nullopt : std::optional{*reporter}});
        }
    }
    return out;
}

}  // namespace monitor
