#include "monitor/slots/fork_detector.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <boost/container/static_vector.hpp>

#include "monitor/slots/branches.hpp"

namespace monitor {
namespace {

/// Of a handful. The end where there is none.
template <class Branches>
auto find_head(Branches& branches, const chain::Root& root) {
    return std::find_if(branches.begin(), branches.end(),
                        [&](const auto& branch) { return branch.head == root; });
}

template <class Container, class Value>
bool contains(const Container& values, const Value& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

void ForkDetector::set_limits(base::Duration grace, base::Duration patience) {
    grace_ = grace;
    patience_ = patience;
}

bool ForkDetector::is_unproven(updates::NodeId node) const {
    return contains(unproven_, node);
}

bool ForkDetector::is_member(updates::NodeId node) const {
    return std::any_of(split_.begin(), split_.end(),
                       [&](const Branch& branch) { return contains(branch.nodes, node); });
}

void ForkDetector::collect_heads() {
    for (Branch& branch : present_) {
        branch.nodes.clear();
        spare_.push_back(std::move(branch.nodes));
    }
    present_.clear();
    for (const auto& [node, head] : heads_) {
        if (head.weight == Weight::kWeak || (is_unproven(node) && !is_member(node))) {
            continue;
        }
        auto branch = find_head(present_, head.root);
        if (branch == present_.end()) {
            branch = present_.insert(present_.end(), {head.root, head.slot, {}});
            if (!spare_.empty()) {
                branch->nodes = std::move(spare_.back());
                spare_.pop_back();
            }
        }
        branch->slot = head.slot;
        branch->nodes.push_back(node);
    }
    if (spare_.size() > kHeadsMax) {
        spare_.resize(kHeadsMax);
    }
    std::sort(present_.begin(), present_.end(),
              [](const auto& a, const auto& b) { return a.head < b.head; });
    while (present_.size() > kHeadsMax) {
        present_.erase(
            std::min_element(present_.begin(), present_.end(),
                             [](const auto& a, const auto& b) { return a.slot < b.slot; }));
    }
}

void ForkDetector::pair_up(base::MonoTime now) {
    std::swap(present_, former_);
    collect_heads();
    is_whole_ = present_.size() < kHeadsMax;
    const auto is_present = [&](const chain::Root& root) {
        return find_head(present_, root) != present_.end();
    };
    for (auto entry = pairs_.begin(); entry != pairs_.end();) {
        const auto& [pair, since] = *entry;
        if (is_present(pair.first) && is_present(pair.second)) {
            ++entry;
            continue;
        }
        const auto first = find_head(former_, pair.first);
        const auto second = find_head(former_, pair.second);
        if (now - since > grace_ && first != former_.end() && second != former_.end()) {
            past_.push_back({*first, *second, since, now});
        }
        entry = pairs_.erase(entry);
    }
    while (past_.size() > kWaitingMax) {
        past_.pop_front();
    }
    for (auto first = present_.begin(); first != present_.end(); ++first) {
        for (auto second = std::next(first); second != present_.end(); ++second) {
            pairs_.try_emplace({first->head, second->head}, now);
        }
    }
}

bool ForkDetector::move_between(updates::NodeId node, Head& from, const Head& to) {
    const auto old_head = find_head(present_, from.root);
    const auto new_head = find_head(present_, to.root);
    if (!is_whole_ || from.weight == Weight::kWeak || to.weight == Weight::kWeak ||
        is_unproven(node) || old_head == present_.end() || new_head == present_.end() ||
        old_head->nodes.size() < 2) {
        return false;
    }
    std::erase(old_head->nodes, node);
    auto& nodes = new_head->nodes;
    nodes.insert(std::lower_bound(nodes.begin(), nodes.end(), node), node);
    from = to;
    return true;
}

void ForkDetector::head(updates::NodeId node, const chain::Root& root, chain::Slot slot,
                        Weight weight, base::MonoTime at) {
    const Head head{root, slot, weight};
    const auto known = heads_.find(node);
    if (known != heads_.end() && known->second.root == root && known->second.weight == weight) {
        return;
    }
    // Most reports of a head follow another node from one present head to another.
    if (known != heads_.end() && move_between(node, known->second, head)) {
        return;
    }
    heads_.insert_or_assign(node, head);
    pair_up(at);
}

void ForkDetector::remove(updates::NodeId node, base::MonoTime now) {
    if (heads_.erase(node) > 0) {
        pair_up(now);
    }
}

void ForkDetector::forget(updates::NodeId node, base::MonoTime now) {
    for (Branch& branch : split_) {
        std::erase(branch.nodes, node);
    }
    std::erase(unproven_, node);
    behind_.erase(node);
    remove(node, now);
}

void ForkDetector::set_unproven(updates::NodeId node, bool is_unproven, base::MonoTime now) {
    std::erase(unproven_, node);
    if (is_unproven) {
        unproven_.push_back(node);
    }
    pair_up(now);
}

Branches ForkDetector::current_branches(const Ancestry& ancestry) const {
    Branches former = split_;
    for (Branch& branch : former) {
        std::erase_if(branch.nodes, [&](updates::NodeId node) {
            const auto head = heads_.find(node);
            return head != heads_.end() && ancestry.find(head->second.root) != nullptr;
        });
    }
    return find_branches(present_, former, ancestry);
}

std::optional<ForkDetector::Past> ForkDetector::take_past(const Ancestry& ancestry,
                                                          base::MonoTime now, bool is_open) {
    std::optional<Past> earliest;
    base::MonoTime until = over_at_;
    std::erase_if(past_, [&](const Past& past) {
        const Relation relation = ancestry.relation(past.first.head, past.second.head);
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

std::optional<base::MonoTime> ForkDetector::find_split(const Ancestry& ancestry, base::MonoTime now,
                                                       bool& is_open) const {
    std::optional<base::MonoTime> since;
    for (const auto& [pair, paired_at] : pairs_) {
        if (now - paired_at <= grace_) {
            continue;
        }
        const Relation relation = ancestry.relation(pair.first, pair.second);
        is_open = is_open || relation == Relation::kUnknown;
        if (relation == Relation::kDiverged) {
            since = std::min(since.value_or(paired_at), paired_at);
        }
    }
    return since;
}

bool ForkDetector::is_healed(const Ancestry& ancestry) const {
    std::vector<chain::Root> roots;
    for (const Branch& branch : split_) {
        for (const updates::NodeId node : branch.nodes) {
            const auto head = heads_.find(node);
            if (head != heads_.end() && ancestry.find(head->second.root) == nullptr &&
                is_unproven(node)) {
                // Nobody can say where it is, and the others went on without it.
                continue;
            }
            const chain::Root& root = head == heads_.end() ? branch.head : head->second.root;
            if (!contains(roots, root)) {
                roots.push_back(root);
            }
        }
    }
    for (auto first = roots.begin(); first != roots.end(); ++first) {
        for (auto second = std::next(first); second != roots.end(); ++second) {
            const Relation relation = ancestry.relation(*first, *second);
            if (relation == Relation::kDiverged || relation == Relation::kUnknown) {
                return false;
            }
        }
    }
    return true;
}

void ForkDetector::settle_split(const Ancestry& ancestry, base::MonoTime now,
                                std::vector<updates::SlotFact>& out) {
    bool is_open = false;
    const std::optional<base::MonoTime> since = find_split(ancestry, now, is_open);
    const std::optional<Past> past = take_past(ancestry, now, is_open);
    if (!is_split_ && since) {
        is_split_ = true;
        split_since_ = past ? std::min(past->since, *since) : *since;
        split_ = current_branches(ancestry);
        out.emplace_back(updates::HeadSplit{split_, split_since_, false});
    } else if (is_split_ && !since && is_healed(ancestry)) {
        is_split_ = false;
        over_at_ = now;
        split_.clear();
        out.emplace_back(updates::HeadSplit{{}, split_since_, true});
    } else if (is_split_) {
        Branches branches = current_branches(ancestry);
        const bool is_changed = branches.size() > 1 && !have_same_nodes(branches, split_);
        if (branches.size() > 1) {
            split_ = std::move(branches);
        }
        if (is_changed) {
            out.emplace_back(updates::HeadSplit{split_, split_since_, false});
        }
    } else if (past) {
        Branches both{past->first, past->second};
        for (Branch& branch : both) {
            branch.slot = slot_of(branch.head, branch.slot, ancestry);
        }
        if (both.front().slot < both.back().slot) {
            std::swap(both.front(), both.back());
        }
        out.emplace_back(updates::HeadSplit{both, past->since, false});
        out.emplace_back(updates::HeadSplit{{}, past->since, true});
    }
}

std::optional<ForkDetector::Branch> ForkDetector::find_ahead(const chain::Root& root,
                                                             const Ancestry& ancestry,
                                                             const HeadClaims& claims,
                                                             base::MonoTime now,
                                                             base::Duration grace) const {
    std::optional<Branch> highest;
    for (const Branch& other : present_) {
        if (other.head == root ||
            (claims.voices() >= HeadClaims::kNodesWithMajority && !claims.is_proven(other.head))) {
            continue;
        }
        const Pair pair = std::minmax(root, other.head);
        const auto paired = pairs_.find(pair);
        const bool is_settled =
            paired == pairs_.end() ? grace <= base::Duration::zero() : now - paired->second > grace;
        if (is_settled && ancestry.relation(root, other.head) == Relation::kAncestor) {
            const chain::Slot slot = slot_of(other.head, other.slot, ancestry);
            if (!highest || slot > highest->slot) {
                highest = Branch{other.head, slot, {}};
            }
        }
    }
    return highest;
}

void ForkDetector::settle_behind(const Ancestry& ancestry, const HeadClaims& claims,
                                 base::MonoTime now, std::vector<updates::SlotFact>& out) {
    // Many nodes have one head: what is in front of it is looked for once.
    boost::container::static_vector<std::pair<chain::Root, std::optional<Branch>>, kHeadsMax>
        aheads;
    for (const Branch& branch : present_) {
        aheads.emplace_back(branch.head, find_ahead(branch.head, ancestry, claims, now, grace_));
    }
    const bool is_any_behind = std::any_of(aheads.begin(), aheads.end(),
                                           [](const auto& one) { return one.second.has_value(); });
    if (is_whole_ && !is_any_behind && behind_.empty()) {
        return;
    }
    const auto ahead_of = [&](const chain::Root& root) {
        const auto known = std::find_if(aheads.begin(), aheads.end(),
                                        [&](const auto& one) { return one.first == root; });
        return known == aheads.end() ? find_ahead(root, ancestry, claims, now, grace_)
                                     : known->second;
    };
    for (const auto& [node, head] : heads_) {
        const auto lag = behind_.find(node);
        if (lag == behind_.end()) {
            if (head.weight != Weight::kFull || is_unproven(node)) {
                continue;
            }
            if (const auto ahead = ahead_of(head.root)) {
                behind_.try_emplace(node, Lag{ahead->head});
                out.emplace_back(updates::NodeBehind{
                    node, true, slot_of(head.root, head.slot, ancestry), ahead->slot});
            }
            continue;
        }
        // The heads in front of a node move on every slot, so it is level only when nobody's head,
        // however new, is built on its own.
        if (const auto ahead = find_ahead(head.root, ancestry, claims, now, -base::Duration{1})) {
            lag->second.goal = ahead->head;
            continue;
        }
        const Relation to_goal = ancestry.relation(head.root, lag->second.goal);
        if (to_goal != Relation::kUnknown && to_goal != Relation::kAncestor) {
            behind_.erase(lag);
            const chain::Slot slot = slot_of(head.root, head.slot, ancestry);
            out.emplace_back(updates::NodeBehind{node, false, slot, slot});
        }
    }
}

std::vector<updates::SlotFact> ForkDetector::settle(const Ancestry& ancestry,
                                                    const HeadClaims& claims, base::MonoTime now) {
    std::vector<updates::SlotFact> out;
    settle_split(ancestry, now, out);
    settle_behind(ancestry, claims, now, out);
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
    for (const auto& [node, lag] : behind_) {
        if (const auto head = heads_.find(node); head != heads_.end()) {
            add(head->second.root, lag.goal);
        }
    }
    return out;
}

}  // namespace monitor
