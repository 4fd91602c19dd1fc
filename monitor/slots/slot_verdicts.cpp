#include "monitor/slots/slot_verdicts.hpp"

#include <algorithm>

namespace monitor {

void SlotVerdicts::start_over(base::WallTime now) {
    const auto current = clock_->slot_at(now);
    next_ = current ? current->next() : chain::Slot{0};
    reports_.clear();
    for (auto& [node, observation] : observations_) {
        if (observation.since) {
            observation.since = now;
        }
        observation.covered.clear();
    }
}

void SlotVerdicts::set_slot_clock(const chain::SlotClock& clock, base::WallTime now) {
    clock_ = clock;
    start_over(now);
}

void SlotVerdicts::observation_began(updates::NodeId node, base::WallTime at) {
    Observation& observation = observations_[node];
    if (!observation.since) {
        observation.since = at;
    }
}

void SlotVerdicts::observation_ended(updates::NodeId node, base::WallTime at) {
    const auto place = observations_.find(node);
    if (place == observations_.end() || !place->second.since) {
        return;
    }
    Observation& observation = place->second;
    if (clock_) {
        chain::Slot slot = next_;
        for (std::uint64_t i = 0; i < kBacklogMax; ++i, slot = slot.next()) {
            if (clock_->start_of(slot.next()) <= at && observed(observation, slot)) {
                observation.covered.insert(slot);
            }
        }
    }
    observation.since.reset();
}

void SlotVerdicts::seen(updates::NodeId node, chain::Slot slot, const chain::Root& root,
                        base::Duration delay, bool is_optimistic, base::WallTime at) {
    const auto now = clock_ ? clock_->slot_at(at) : std::nullopt;
    // A slot far ahead of the clock would be kept for as long.
    if (!now || slot < next_ || slot > now->next()) {
        return;
    }
    auto& roots = reports_[slot];
    auto reports = std::find_if(roots.begin(), roots.end(),
                                [&](const Reports& one) { return one.root == root; });
    if (reports == roots.end()) {
        const auto of_node = std::count_if(roots.begin(), roots.end(), [&](const Reports& one) {
            return one.first_reporter == node;
        });
        if (of_node >= kRootsOfNodeMax) {
            return;
        }
        reports = roots.insert(roots.end(), Reports{root, node, std::nullopt, std::nullopt});
    }
    auto& sighting = is_optimistic ? reports->optimistic : reports->verified;
    if (!sighting || delay < sighting->delay) {
        sighting = Sighting{node, delay};
    }
}

bool SlotVerdicts::observed(const Observation& observation, chain::Slot slot) const {
    return (observation.since && *observation.since <= clock_->start_of(slot)) ||
           observation.covered.contains(slot);
}

std::vector<chain::Slot> SlotVerdicts::due(base::WallTime now) {
    std::vector<chain::Slot> out;
    const auto current = clock_ ? clock_->slot_at(now) : std::nullopt;
    if (!current) {
        return out;
    }
    if (next_ > current->next()) {
        // The clock was set back.
        start_over(now);
    }
    if (next_ + kBacklogMax < *current) {
        start_over(now);
    }
    for (chain::Slot slot = next_; slot + 2 <= *current; slot = slot.next()) {
        out.push_back(slot);
    }
    return out;
}

updates::SlotVerdict SlotVerdicts::judge(chain::Slot slot, const Evidence& evidence) {
    updates::SlotVerdict verdict;
    verdict.slot = slot;
    verdict.deadline = evidence.deadline;
    const bool is_observed =
        std::any_of(observations_.begin(), observations_.end(),
                    [&](const auto& entry) { return observed(entry.second, slot); });
    // A verified report counts before any that is not, the earliest before the later ones.
    bool is_verified = false;
    bool has_block = false;
    for (const Reports& reports : reports_[slot]) {
        const auto& sighting = reports.verified ? reports.verified : reports.optimistic;
        if (!sighting || !evidence.is_block(reports.root)) {
            continue;
        }
        const bool verified = reports.verified.has_value();
        const bool counts_more = !has_block || (verified && !is_verified) ||
                                 (verified == is_verified && sighting->delay < verdict.delay);
        if (counts_more) {
            verdict.first_reported_by = sighting->node;
            verdict.root = reports.root;
            verdict.delay = sighting->delay;
            is_verified = verified;
        }
        has_block = true;
    }
    if (is_verified && *verdict.delay <= verdict.deadline.after_start) {
        verdict.verdict = updates::Verdict::kOnTime;
    } else if (has_block && is_observed) {
        verdict.verdict = is_verified ? updates::Verdict::kLate : updates::Verdict::kOptimistic;
    } else if (!has_block && is_observed && evidence.is_passed_over) {
        verdict.verdict = updates::Verdict::kMissed;
    } else {
        // Who was first, and when, is not known of a slot that was not watched throughout.
        verdict.first_reported_by.reset();
        verdict.root.reset();
        verdict.delay.reset();
    }
    next_ = slot.next();
    reports_.erase(reports_.begin(), reports_.lower_bound(next_));
    for (auto& [node, observation] : observations_) {
        observation.covered.erase(observation.covered.begin(),
                                  observation.covered.lower_bound(next_));
    }
    return verdict;
}

}  // namespace monitor
