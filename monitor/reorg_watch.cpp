#include "monitor/reorg_watch.hpp"

#include <algorithm>

namespace monitor {

void ReorgWatch::best_head(const base::Root& root, base::MonoTime now) {
    if (!bests_.empty() ? bests_.back().root == root : tip_ == root) {
        return;
    }
    bests_.push_back({root, now});
    if (bests_.size() > kWaitingMax) {
        bests_.pop_front();
    }
}

ReorgWatch::Told* ReorgWatch::find_told(const base::Root& old_head) {
    const auto place = std::find_if(told_.begin(), told_.end(),
                                    [&](const Told& told) { return told.old_head == old_head; });
    return place == told_.end() ? nullptr : &*place;
}

ReorgWatch::Told& ReorgWatch::remember(const base::Root& old_head, base::MonoTime at) {
    if (Told* const known = find_told(old_head)) {
        return *known;
    }
    if (told_.size() == kToldMax) {
        told_.pop_front();
    }
    return told_.emplace_back(Told{old_head, at, false, std::nullopt});
}

std::optional<Reorg> ReorgWatch::told(const CandidateId& candidate,
                                      const beacon_api::ChainReorgEvent& event, base::MonoTime at) {
    if (event.old_head_block == event.new_head_block || find_told(event.old_head_block)) {
        return std::nullopt;
    }
    remember(event.old_head_block, at).told_by = candidate;
    claims_.push_back({candidate, event.old_head_block, event.new_head_block, at});
    if (claims_.size() > kWaitingMax) {
        claims_.pop_front();
    }
    return Reorg{event.old_head_block, event.new_head_block, event.depth, Certainty::kUnconfirmed,
                 candidate};
}

void ReorgWatch::confirm(const base::Root& old_head, const base::Root& new_head,
                         std::uint64_t depth, base::MonoTime at, std::vector<Reorg>& out) {
    Told& told = remember(old_head, at);
    if (!told.is_confirmed) {
        told.is_confirmed = true;
        out.push_back({old_head, new_head, depth, Certainty::kConfirmed, told.told_by});
    }
}

void ReorgWatch::become_tip(const Best& best) {
    tip_ = best.root;
    std::erase_if(
        told_, [&](const Told& told) { return told.old_head == best.root && told.at < best.at; });
}

bool ReorgWatch::settle_best(const Ancestry& ancestry, base::MonoTime now,
                             std::vector<Reorg>& out) {
    const Best best = bests_.front();
    if (!tip_) {
        bests_.pop_front();
        become_tip(best);
        return true;
    }
    const auto answer = ancestry.compare(*tip_, best.root);
    if (answer.relation == Relation::kUnknown && now - best.at <= patience_) {
        return false;
    }
    bests_.pop_front();
    if (answer.relation == Relation::kSplit) {
        confirm(*tip_, best.root, answer.dropped, best.at, out);
        // The claim's question is answered, whatever block the node named as the new one.
        std::erase_if(claims_, [&](const Claim& claim) { return claim.old_head == *tip_; });
    }
    if (answer.relation != Relation::kDescendant) {
        become_tip(best);
    }
    return true;
}

bool ReorgWatch::settle_claim(const Claim& claim, const Ancestry& ancestry, base::MonoTime now,
                              std::vector<Reorg>& out) {
    const auto answer = ancestry.compare(claim.old_head, claim.new_head);
    switch (answer.relation) {
        case Relation::kSplit:
        case Relation::kDescendant:
            confirm(claim.old_head, claim.new_head, answer.dropped, claim.at, out);
            return true;
        case Relation::kSame:
        case Relation::kAncestor:
            out.push_back(
                {claim.old_head, claim.new_head, 0, Certainty::kRefuted, claim.candidate});
            std::erase_if(told_, [&](const Told& told) { return told.old_head == claim.old_head; });
            return true;
        case Relation::kTooFar:
            return true;
        case Relation::kUnknown:
            break;
    }
    return now - claim.at > patience_;
}

std::vector<Reorg> ReorgWatch::settle(const Ancestry& ancestry, base::MonoTime now) {
    std::vector<Reorg> out;
    while (!bests_.empty() && settle_best(ancestry, now, out)) {
    }
    std::erase_if(claims_,
                  [&](const Claim& claim) { return settle_claim(claim, ancestry, now, out); });
    return out;
}

std::vector<MissingHeader> ReorgWatch::missing(const Ancestry& ancestry) const {
    std::vector<MissingHeader> out;
    const auto add = [&](const base::Root& first, const base::Root& second) {
        const auto answer = ancestry.compare(first, second);
        if (answer.missing) {
            out.push_back({*answer.missing, answer.missing_on_first ? first : second});
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
