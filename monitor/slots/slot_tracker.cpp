#include "monitor/slots/slot_tracker.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "updates/node_status.hpp"

namespace monitor {

void SlotTracker::set_slot_clock(const chain::SlotClock& clock, base::Instant now) {
    const base::Duration slot = clock.slot_duration();
    if (times_.slot_clock() && times_.slot_clock() != clock) {
        // Another chain: its heads are compared with nothing of the old one.
        best_.reset();
        reorgs_ = ReorgDetector{};
        claims_.start_over();
        early_.clear();
    }
    times_.set_slot_clock(clock);
    verdicts_.set_slot_clock(clock, now.wall);
    const base::Duration patience = std::max<base::Duration>(slot * kPatienceSlots, kPatienceFloor);
    forks_.set_limits(std::max<base::Duration>(slot / kGraceParts, kGraceFloor), patience);
    reorgs_.set_patience(patience);
}

void SlotTracker::set_candidates(const std::vector<updates::NodeId>& candidates,
                                 base::Instant now) {
    for (const updates::NodeId node : candidates_) {
        if (std::find(candidates.begin(), candidates.end(), node) == candidates.end()) {
            times_.forget(node);
            claims_.forget(node);
            reorgs_.forget(node);
            forks_.forget(node, now.mono);
            verdicts_.forget(node);
            heads_.erase(node);
            early_.erase(node);
        }
    }
    candidates_ = candidates;
    for (const updates::NodeId node : candidates_) {
        claims_.expect(node);
    }
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
    heads_.erase(node);
    early_.erase(node);
    forks_.remove(node, at.mono);
}

bool SlotTracker::is_recent(chain::Slot slot, base::WallTime now) const {
    const auto current = times_.slot_clock() ? times_.slot_clock()->slot_at(now) : std::nullopt;
    return !current || slot.value + updates::kHeadAgeMax >= current->value;
}

updates::HeadTiming SlotTracker::head(updates::NodeId node, const chain::Head& head,
                                      updates::HeadSource source, base::Instant at,
                                      bool trusts_clock) {
    updates::HeadTiming timing = times_.report(node, head, source, at);
    if (timing.timeliness != updates::HeadTimeliness::kBackfill) {
        claims_.reported(node, head, is_recent(head.slot, at.wall), ancestry_);
    }
    use_early(head.block);
    const auto early = early_.find(node);
    const bool is_repeat = early != early_.end() && early->second.head.block == head.block;
    const bool is_early = is_repeat || (timing.delay && *timing.delay < -updates::kGossipDisparity);
    // What several nodes have so early is a fault of our clock that it does not know of yet.
    if (is_early && trusts_clock && !claims_.is_agreed(head.block)) {
        if (!is_repeat) {
            early_.insert_or_assign(node, EarlyHead{head, source, timing, at});
        }
        timing.timeliness = updates::HeadTimeliness::kEarly;
        timing.delay.reset();
        timing.deadline.reset();
        claims_.came_early(node, head.block);
        return timing;
    }
    early_.erase(node);
    use(node, head, source, timing, at);
    return timing;
}

void SlotTracker::rest_head(updates::NodeId node, const beacon_api::BlockHeader& header,
                            base::Instant at) {
    if (is_recent(header.slot, at.wall)) {
        claims_.has_head(node, header.root, ancestry_);
    }
}

void SlotTracker::use_early(const chain::Root& root) {
    if (early_.empty() || !claims_.is_agreed(root)) {
        return;
    }
    erase_if(early_, [&](const auto& entry) {
        const auto& [node, early] = entry;
        if (early.head.block != root) {
            return false;
        }
        use(node, early.head, early.source, early.timing, early.at);
        changes_.agreed.emplace_back(node, early);
        return true;
    });
}

void SlotTracker::use(updates::NodeId node, const chain::Head& head, updates::HeadSource source,
                      const updates::HeadTiming& timing, base::Instant at) {
    const bool is_weak =
        timing.timeliness == updates::HeadTimeliness::kBackfill || head.execution_optimistic;
    using Weight = ForkDetector::Weight;
    const Weight weight = source == updates::HeadSource::kPoll ? Weight::kPolled : Weight::kFull;
    forks_.head(node, head.block, head.slot, is_weak ? Weight::kWeak : weight, at.mono);
    if (!is_weak) {
        heads_.set(node, head.block);
        reorgs_.head(node, head.block, at.mono);
    }
    if (timing.delay && !claims_.is_unproven(node)) {
        verdicts_.seen(node, head.slot, head.block, *timing.delay, head.execution_optimistic,
                       at.wall);
    }
}

SlotTracker::Facts SlotTracker::chain_reorg(updates::NodeId node,
                                            const beacon_api::ChainReorgEvent& event,
                                            base::Instant at) {
    Facts out;
    if (auto reorg = reorgs_.reported(node, event, at.mono)) {
        out.emplace_back(*reorg);
    }
    Facts settled = settle(at);
    std::move(settled.begin(), settled.end(), std::back_inserter(out));
    return out;
}

SlotTracker::Facts SlotTracker::header(updates::NodeId source,
                                       const beacon_api::BlockHeader& header, base::Instant now) {
    if (ancestry_.find(header.root) != nullptr) {
        return {};
    }
    if (ancestry_.add(header)) {
        claims_.header_added(header.root, ancestry_);
    } else {
        claims_.header_refused(source, header.root);
    }
    return settle(now);
}

void SlotTracker::header_failed(const chain::Root& root) {
    failed_.insert(root);
}

SlotTracker::Facts SlotTracker::settle(base::Instant now) {
    Facts out;
    for (const HeadClaims::Proven& proven : claims_.settle(ancestry_)) {
        out.emplace_back(updates::HeadProven{proven.root, proven.slot, proven.parent});
    }
    if (const auto best = heads_.find_best(ancestry_, claims_, best_)) {
        best_ = best;
        reorgs_.best_head(*best, now.mono);
    }
    ReorgDetector::Found found = reorgs_.settle(ancestry_, claims_, now.mono);
    out.insert(out.end(), found.reorgs.begin(), found.reorgs.end());
    std::move(found.of_nodes.begin(), found.of_nodes.end(), std::back_inserter(changes_.reorgs));
    Facts forks = forks_.settle(ancestry_, claims_, now.mono);
    std::move(forks.begin(), forks.end(), std::back_inserter(out));
    return out;
}

SlotTracker::Facts SlotTracker::check(base::Instant now) {
    steps_.clear();
    failed_.clear();
    Facts out = settle(now);
    const auto evidence_of = [this](chain::Slot slot) {
        SlotVerdicts::Evidence evidence;
        evidence.deadline = times_.deadline(slot);
        evidence.is_block = [this, slot](const chain::Root& root) {
            const Ancestry::Header* const header = ancestry_.find(root);
            return header != nullptr && header->slot == slot && claims_.is_proven(root);
        };
        evidence.is_passed_over = best_ && ancestry_.passes_over(*best_, slot);
        return evidence;
    };
    for (const updates::SlotVerdict& verdict : verdicts_.close(now.wall, evidence_of)) {
        if (!verdicts_suspended_) {
            out.emplace_back(verdict);
        }
    }
    return out;
}

SlotTracker::Facts SlotTracker::end_slot(base::Instant now) {
    for (const HeadClaims::Standing& standing : claims_.end_slot(ancestry_)) {
        forks_.set_unproven(standing.node, standing.is_unproven, now.mono);
        changes_.standings.push_back(standing);
    }
    return check(now);
}

std::vector<WantedHeader> SlotTracker::wanted(base::Instant now) {
    std::vector<MissingHeader> missing = claims_.missing(ancestry_);
    for (const auto& more :
         {forks_.missing(ancestry_, now.mono), reorgs_.missing(ancestry_, claims_)}) {
        missing.insert(missing.end(), more.begin(), more.end());
    }
    updates::NodeMap<std::size_t> steps_of;
    for (const auto& [root, node] : steps_) {
        if (node) {
            ++steps_of[*node];
        }
    }
    std::vector<WantedHeader> out;
    // Of nodes that have had their share.
    std::vector<WantedHeader> others;
    std::unordered_set<chain::Root> named{failed_.begin(), failed_.end()};
    for (const MissingHeader& header : missing) {
        if (!named.insert(header.root).second) {
            continue;
        }
        const WantedHeader wanted{header.root, claims_.first_reporter(header.head)};
        if (steps_.contains(header.root)) {
            out.push_back(wanted);
        } else if (wanted.source && steps_of[*wanted.source] >= kStepsOfNodeMax) {
            others.push_back(wanted);
        } else if (steps_.size() < kStepsMax) {
            steps_.emplace(wanted.root, wanted.source);
            out.push_back(wanted);
            if (wanted.source) {
                ++steps_of[*wanted.source];
            }
        }
    }
    if (out.empty()) {
        // One header of each node at a time, so that what is left is shared too.
        std::set<updates::NodeId> served;
        for (const WantedHeader& wanted : others) {
            if (steps_.size() < kStepsMax && served.insert(*wanted.source).second) {
                steps_.emplace(wanted.root, wanted.source);
                out.push_back(wanted);
            }
        }
    }
    return out;
}

}  // namespace monitor
