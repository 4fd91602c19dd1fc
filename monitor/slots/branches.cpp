#include "monitor/slots/branches.hpp"

#include <algorithm>

namespace monitor {
namespace {

using Branch = updates::HeadSplit::Branch;

bool is_below(Relation relation) {
    return relation == Relation::kSame || relation == Relation::kAncestor;
}

/// The one branch that the block is on; null when it is below several, or none.
Branch* find_branch_of(const chain::Root& root, Branches& tips, const Ancestry& ancestry) {
    Branch* found = nullptr;
    for (Branch& tip : tips) {
        if (is_below(ancestry.relation(root, tip.head))) {
            if (found != nullptr) {
                return nullptr;
            }
            found = &tip;
        }
    }
    return found;
}

bool is_below_any(const chain::Root& root, const Branches& tips, const Ancestry& ancestry) {
    return std::any_of(tips.begin(), tips.end(), [&](const Branch& tip) {
        return is_below(ancestry.relation(root, tip.head));
    });
}

/// The heads with a header that no other one builds on.
Branches find_tips(const Branches& heads, const Ancestry& ancestry) {
    Branches tips;
    for (const Branch& tip : heads) {
        const bool is_built_on = std::any_of(heads.begin(), heads.end(), [&](const Branch& other) {
            return ancestry.relation(tip.head, other.head) == Relation::kAncestor;
        });
        if (ancestry.find(tip.head) != nullptr && !is_built_on) {
            tips.push_back({tip.head, slot_of(tip.head, tip.slot, ancestry), {}});
        }
    }
    return tips;
}

}  // namespace

chain::Slot slot_of(const chain::Root& root, chain::Slot named, const Ancestry& ancestry) {
    const Ancestry::Header* const header = ancestry.find(root);
    return header == nullptr ? named : header->slot;
}

Branches find_branches(const Branches& heads, const Branches& former, const Ancestry& ancestry) {
    Branches tips = find_tips(heads, ancestry);
    for (const Branch& branch : former) {
        if (!branch.nodes.empty() && !is_below_any(branch.head, tips, ancestry)) {
            tips.push_back({branch.head, branch.slot, {}});
        }
    }
    const auto add = [&](const Branch& branch) {
        if (Branch* const tip = find_branch_of(branch.head, tips, ancestry)) {
            tip->nodes.insert(tip->nodes.end(), branch.nodes.begin(), branch.nodes.end());
        }
    };
    for (const Branch& head : heads) {
        if (ancestry.find(head.head) != nullptr) {
            add(head);
        }
    }
    for (const Branch& branch : former) {
        add(branch);
    }
    for (Branch& tip : tips) {
        std::sort(tip.nodes.begin(), tip.nodes.end());
    }
    std::stable_sort(tips.begin(), tips.end(),
                     [](const Branch& a, const Branch& b) { return a.slot > b.slot; });
    return tips;
}

bool have_same_nodes(const Branches& first, const Branches& second) {
    return first.size() == second.size() &&
           std::all_of(first.begin(), first.end(), [&](const Branch& branch) {
               return std::any_of(second.begin(), second.end(),
                                  [&](const Branch& other) { return branch.nodes == other.nodes; });
           });
}

}  // namespace monitor
