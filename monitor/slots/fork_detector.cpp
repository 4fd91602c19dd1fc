#include "monitor/slots/fork_detector.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace monitor {
namespace {

/// Of a handful. The end where there is none.
template <class Branches>
auto find_branch(Branches& branches, const chain::Root& root) {
    return std::find_if(branches.begin(), branches.end(),
                        [&](const auto& branch) { return branch.head == root; });
}

}  // namespace

void ForkDetector::set_limits(base::Duration grace, base::Duration patience) {
    grace_ = grace;
    patience_ = patience;
}

ForkDetector::Branches ForkDetector::collect_branches() const {
    Branches out;
    for (const auto& [node, head] : heads_) {
        auto branch = find_branch(out, head.root);
        if (branch == out.end()) {
            branch = out.insert(out.end(), {head.root, head.slot, {}});
        }
        branch->slot = head.slot;
        branch->nodes.push_back(node);
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.head < b.head; });
    while (out.size() > kHeadsMax) {
        out.erase(std::min_element(out.begin(), out.end(),
                                   [](const auto& a, const auto& b) { return a.slot < b.slot; }));
    }
    return out;
}

void ForkDetector::pair_up(base::MonoTime now) {
    const Branches before = std::exchange(branches_, collect_branches());
    is_whole_ = branches_.size() < kHeadsMax;
    const auto is_present = [&](const chain::Root& root) {
        return find_branch(branches_, root) != branches_.end();
    };
    std::erase_if(pairs_, [&](const auto& entry) {
        const auto& [pair, since] = entry;
        if (is_present(pair.first) && is_present(pair.second)) {
            return false;
        }
        if (now - since > grace_) {
            past_.push_back(
                {*find_branch(before, pair.first), *find_branch(before, pair.second), since, now});
        }
        return true;
    });
    while (past_.size() > kWaitingMax) {
        past_.pop_front();
    }
    for (auto first = branches_.begin(); first != branches_.end(); ++first) {
        for (auto second = std::next(first); second != branches_.end(); ++second) {
            pairs_.try_emplace({first->head, second->head}, now);
        }
    }
}

bool ForkDetector::move_between(updates::NodeId node, Head& from, const Head& to) {
    const auto old_branch = find_branch(branches_, from.root);
    const auto new_branch = find_branch(branches_, to.root);
    if (!is_whole_ || new_branch == branches_.end() || old_branch->nodes.size() < 2) {
        return false;
    }
    std::erase(old_branch->nodes, node);
    auto& nodes = new_branch->nodes;
    nodes.insert(std::lower_bound(nodes.begin(), nodes.end(), node), node);
    from = to;
    return true;
}

void ForkDetector::head(updates::NodeId node, const chain::Root& root, chain::Slot slot,
                        base::MonoTime at) {
    const auto known = heads_.find(node);
    if (known != heads_.end() && known->second.root == root) {
        return;
    }
    // Most reports of a head follow another node from one present head to another.
    if (known != heads_.end() && move_between(node, known->second, {root, slot})) {
        return;
    }
    heads_.insert_or_assign(node, Head{root, slot});
    pair_up(at);
}

void ForkDetector::remove(updates::NodeId node, base::MonoTime now) {
    if (heads_.erase(node) > 0) {
        pair_up(now);
    }
}

void ForkDetector::forget(updates::NodeId node, base::MonoTime now) {
    remove(node, now);
    behind_.erase(node);
}

std::vector<updates::HeadSplit::Branch> ForkDetector::tips(const Ancestry& ancestry) const {
    Branches out;
    for (const auto& tip : branches_) {
        const bool is_built_on =
            std::any_of(branches_.begin(), branches_.end(), [&](const auto& other) {
                return ancestry.compare(tip.head, other.head).relation == Relation::kAncestor;
            });
        if (!is_built_on) {
            out.push_back(tip);
        }
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a.slot > b.slot; });
    return out;
}

std::optional<ForkDetector::Past> ForkDetector::take_past(const Ancestry& ancestry,
                                                          base::MonoTime now, bool is_open) {
    std::optional<Past> earliest;
    base::MonoTime until = over_at_;
    std::erase_if(past_, [&](const Past& past) {
        const Relation relation = ancestry.compare(past.first.head, past.second.head).relation;
        const bool may_wait = now - past.until <= patience_;
        if (relation == Relation::kUnknown) {
            return !may_wait;
        }
        // While present heads may be the same split going on, it is not reported as over.
        if (is_open && may_wait) {
            return false;
        }
        if (relation == Relation::kDiverged) {
            until = std::max(until, past.until);
            // One that began earlier belongs to the split that was reported.
            const bool is_new = !is_split_ && past.since > over_at_;
            if (is_new && (!earliest || past.since < earliest->since)) {
                earliest = past;
            }
        }
        return true;
    });
    over_at_ = until;
    return earliest;
}

void ForkDetector::settle_split(const Ancestry& ancestry, base::MonoTime now,
                                std::vector<updates::SlotFact>& out) {
    std::optional<base::MonoTime> since;
    bool may_be_split = false;
    bool is_open = false;
    for (const auto& [pair, paired_at] : pairs_) {
        const Relation relation = ancestry.compare(pair.first, pair.second).relation;
        may_be_split =
            may_be_split || relation == Relation::kDiverged || relation == Relation::kUnknown;
        if (now - paired_at <= grace_) {
            continue;
        }
        is_open = is_open || relation == Relation::kUnknown;
        if (relation == Relation::kDiverged) {
            since = std::min(since.value_or(paired_at), paired_at);
        }
    }
    const std::optional<Past> past = take_past(ancestry, now, is_open);
    if (!is_split_ && since) {
        is_split_ = true;
        split_since_ = past ? std::min(past->since, *since) : *since;
        out.emplace_back(updates::HeadSplit{tips(ancestry), split_since_, false});
    } else if (is_split_ && !may_be_split) {
        is_split_ = false;
        over_at_ = now;
        out.emplace_back(updates::HeadSplit{{}, split_since_, true});
    } else if (past) {
        std::vector<updates::HeadSplit::Branch> both{past->first, past->second};
        if (both.front().slot < both.back().slot) {
            std::swap(both.front(), both.back());
        }
        out.emplace_back(updates::HeadSplit{both, past->since, false});
        out.emplace_back(updates::HeadSplit{{}, past->since, true});
    }
}

void ForkDetector::settle_behind(const Ancestry& ancestry, base::MonoTime now,
                                 std::vector<updates::SlotFact>& out) {
    for (const auto& [node, head] : heads_) {
        std::optional<chain::Slot> best;
        // The heads in front of a node move on every slot, so it is level only when nobody's head,
        // however new, is built on its own.
        bool may_be_behind = false;
        for (const auto& [pair, since] : pairs_) {
            if (pair.first != head.root && pair.second != head.root) {
                continue;
            }
            const chain::Root& other = pair.first == head.root ? pair.second : pair.first;
            const Relation relation = ancestry.compare(head.root, other).relation;
            may_be_behind =
                may_be_behind || relation == Relation::kAncestor || relation == Relation::kUnknown;
            if (relation == Relation::kAncestor && now - since > grace_) {
                const chain::Slot slot = find_branch(branches_, other)->slot;
                best = std::max(best.value_or(slot), slot);
            }
        }
        if (best && behind_.try_emplace(node).second) {
            out.emplace_back(updates::NodeBehind{node, true, head.slot, *best});
        } else if (!may_be_behind && behind_.erase(node) > 0) {
            out.emplace_back(updates::NodeBehind{node, false, head.slot, head.slot});
        }
    }
}

std::vector<updates::SlotFact> ForkDetector::settle(const Ancestry& ancestry, base::MonoTime now) {
    std::vector<updates::SlotFact> out;
    settle_split(ancestry, now, out);
    settle_behind(ancestry, now, out);
    return out;
}

std::vector<MissingHeader> ForkDetector::missing(const Ancestry& ancestry,
                                                 base::MonoTime now) const {
    std::vector<MissingHeader> out;
    const auto add = [&](const chain::Root& first, const chain::Root& second) {
        if (const auto missing = ancestry.find_missing(first, second)) {
            out.push_back(*missing);
        }
    };
    for (const auto& [pair, since] : pairs_) {
        if (now - since > grace_) {
            add(pair.first, pair.second);
        }
    }
    for (const Past& past : past_) {
        add(past.first.head, past.second.head);
    }
    return out;
}

}  // namespace monitor
