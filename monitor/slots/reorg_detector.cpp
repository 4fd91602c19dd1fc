#include "monitor/slots/reorg_detector.hpp"

#include <algorithm>
#include <utility>

namespace monitor {

void ReorgDetector::best_head(const chain::Root& root, base::MonoTime now) {
    if (!risen_.empty() && risen_.back().root == root) {
        return;
    }
    bests_.push_back({root, now});
    risen_.push_back({root, now});
    if (risen_.size() > kTipsMax) {
        risen_.pop_front();
    }
    if (bests_.size() > kWaitingMax) {
        bests_.pop_front();
    }
}

ReorgDetector::Fall* ReorgDetector::find_fall(const chain::Root& old_head, base::MonoTime at) {
    const auto is_same_fall = [&](const Fall& fall) {
        const base::MonoTime first = std::min(fall.at, at);
        const base::MonoTime last = std::max(fall.at, at);
        return fall.old_head == old_head &&
               std::none_of(risen_.begin(), risen_.end(), [&](const Best& best) {
                   return best.root == old_head && best.at > first && best.at <= last;
               });
    };
    const auto fall = std::find_if(falls_.begin(), falls_.end(), is_same_fall);
    return fall == falls_.end() ? nullptr : &*fall;
}

ReorgDetector::Fall& ReorgDetector::remember(const chain::Root& old_head, base::MonoTime at) {
    if (Fall* const known = find_fall(old_head, at)) {
        return *known;
    }
    if (falls_.size() == kTipsMax) {
        falls_.pop_front();
    }
    return falls_.emplace_back(Fall{old_head, at, false, std::nullopt});
}

std::optional<updates::Reorg> ReorgDetector::reported(updates::NodeId node,
                                                      const beacon_api::ChainReorgEvent& event,
                                                      base::MonoTime at) {
    if (event.old_head_block == event.new_head_block || find_fall(event.old_head_block, at)) {
        return std::nullopt;
    }
    remember(event.old_head_block, at).reported_by = node;
    claims_.push_back({node, event.old_head_block, event.new_head_block, at});
    if (claims_.size() > kWaitingMax) {
        claims_.pop_front();
    }
    return updates::Reorg{event.old_head_block, event.new_head_block, event.depth,
                          updates::Certainty::kUnconfirmed, node};
}

void ReorgDetector::confirm(updates::Reorg reorg, base::MonoTime at,
                            std::vector<updates::Reorg>& out) {
    Fall& fall = remember(reorg.old_head, at);
    if (!fall.is_confirmed) {
        fall.is_confirmed = true;
        if (fall.reported_by) {
            reorg.reported_by = fall.reported_by;
        }
        out.push_back(reorg);
    }
}

bool ReorgDetector::settle_best(const Ancestry& ancestry, base::MonoTime now,
                                std::vector<updates::Reorg>& out) {
    const Best best = bests_.front();
    if (!tip_) {
        bests_.pop_front();
        tip_ = best.root;
        return true;
    }
    const auto answer = ancestry.compare(*tip_, best.root);
    if (answer.relation == Relation::kUnknown && now - best.at <= patience_) {
        return false;
    }
    bests_.pop_front();
    if (answer.relation == Relation::kDiverged) {
        updates::Reorg reorg{*tip_, best.root, answer.depth, updates::Certainty::kConfirmed,
                             std::nullopt};
        confirm(reorg, best.at, out);
    }
    if (answer.relation != Relation::kDescendant) {
        tip_ = best.root;
    }
    return true;
}

bool ReorgDetector::settle_claim(const Claim& claim, const Ancestry& ancestry, base::MonoTime now,
                                 std::vector<updates::Reorg>& out) {
    const auto answer = ancestry.compare(claim.old_head, claim.new_head);
    updates::Reorg reorg{claim.old_head, claim.new_head, answer.depth,
                         updates::Certainty::kConfirmed, claim.node};
    switch (answer.relation) {
        case Relation::kDiverged:
        case Relation::kDescendant:
            confirm(reorg, claim.at, out);
            return true;
        case Relation::kSame:
        case Relation::kAncestor:
            reorg.certainty = updates::Certainty::kRefuted;
            out.push_back(reorg);
            std::erase_if(falls_,
                          [&](const Fall& fall) { return fall.old_head == claim.old_head; });
            return true;
        case Relation::kTooFar:
            return true;
        case Relation::kUnknown:
            break;
    }
    return now - claim.at > patience_;
}

std::vector<updates::Reorg> ReorgDetector::settle(const Ancestry& ancestry, base::MonoTime now) {
    std::vector<updates::Reorg> out;
    while (!bests_.empty() && settle_best(ancestry, now, out)) {
    }
    std::erase_if(claims_,
                  [&](const Claim& claim) { return settle_claim(claim, ancestry, now, out); });
    return out;
}

std::vector<MissingHeader> ReorgDetector::missing(const Ancestry& ancestry) const {
    std::vector<MissingHeader> out;
    const auto add = [&](const chain::Root& first, const chain::Root& second) {
        if (const auto missing = ancestry.find_missing(first, second)) {
            out.push_back(*missing);
        }
    };
    if (tip_ && !bests_.empty()) {
        add(*tip_, bests_.front().root);
    }
    for (const Claim& claim : claims_) {
        add(claim.old_head, claim.new_head);
    }
    return out;
}

}  // namespace monitor
