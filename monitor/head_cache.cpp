#include "monitor/head_cache.hpp"

#include <algorithm>
#include <cassert>

namespace monitor {
namespace {

/// Full is further than empty, empty further than absent.
int progress(const HeadCache::Entry& entry) {
    const auto status = entry.head.payload_status;
    if (!status) {
        return 0;
    }
    return *status == chain::PayloadStatus::kFull ? 2 : 1;
}

}  // namespace

bool HeadCache::is_latest(updates::NodeId node, chain::Slot slot) const {
    return std::all_of(entries_.begin(), entries_.end(), [&](const Entry& other) {
        return slot >= other.head.slot || other.node == node;
    });
}

void HeadCache::put(updates::NodeId node, const chain::Head& head, updates::HeadSource source) {
    assert(!head.execution_optimistic);
    const bool latest = is_latest(node, head.slot);
    const auto known = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.node == node; });
    if (known == entries_.end()) {
        entries_.push_back(Entry{node, head, source, latest, next_order_++});
    } else {
        if (known->head != head) {
            known->order = next_order_++;
        }
        known->head = head;
        known->source = source;
        known->was_latest = latest;
    }
    choose_best();
}

void HeadCache::remove(updates::NodeId node) {
    const auto removed = std::remove_if(entries_.begin(), entries_.end(),
                                        [&](const Entry& entry) { return entry.node == node; });
    entries_.erase(removed, entries_.end());
    choose_best();
}

const HeadCache::Entry* HeadCache::best() const {
    return entries_.empty() ? nullptr : &entries_[best_];
}

const HeadCache::Entry* HeadCache::find(updates::NodeId node) const {
    const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& known) { return known.node == node; });
    return entry == entries_.end() ? nullptr : &*entry;
}

void HeadCache::choose_best() {
    if (entries_.empty()) {
        return;
    }
    /// A root at the highest slot, and what its nodes have reported.
    struct Group {
        std::size_t entry = 0;
        std::size_t nodes = 0;
        std::uint64_t order = 0;
    };
    chain::Slot highest;
    for (const Entry& entry : entries_) {
        highest = std::max(highest, entry.head.slot);
    }
    std::vector<Group> groups;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const Entry& entry = entries_[i];
        if (entry.head.slot != highest) {
            continue;
        }
        const auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& known) {
            return entries_[known.entry].head.block == entry.head.block;
        });
        if (group == groups.end()) {
            groups.push_back(Group{i, 1, entry.order});
            continue;
        }
        ++group->nodes;
        group->order = std::min(group->order, entry.order);
        const Entry& chosen = entries_[group->entry];
        const int ahead = progress(entry) - progress(chosen);
        if (ahead > 0 || (ahead == 0 && entry.order < chosen.order)) {
            group->entry = i;
        }
    }
    const auto better = [&](const Group& a, const Group& b) {
        if (a.nodes != b.nodes) {
            return a.nodes > b.nodes;
        }
        const bool a_was_best = entries_[a.entry].head.block == best_root_;
        const bool b_was_best = entries_[b.entry].head.block == best_root_;
        return a_was_best != b_was_best ? a_was_best : a.order < b.order;
    };
    best_ = std::min_element(groups.begin(), groups.end(), better)->entry;
    best_root_ = entries_[best_].head.block;
    best_was_latest_ = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.head.block == best_root_ && entry.was_latest;
    });
}

}  // namespace monitor
