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
    if (slot >= highest_ || entries_.empty()) {
        return true;
    }
    // Below the highest: still true when that is the node's own head alone.
    const auto known = entries_.find(node);
    if (known == entries_.end() || known->second.head.slot != highest_) {
        return false;
    }
    return std::all_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
        return slot >= entry.second.head.slot || entry.first == node;
    });
}

void HeadCache::put(updates::NodeId node, const chain::Head& head, updates::HeadSource source) {
    assert(!head.execution_optimistic);
    const bool latest = is_latest(node, head.slot);
    const auto [known, is_new] =
        entries_.try_emplace(node, Entry{node, head, source, latest, next_order_});
    Entry& entry = known->second;
    if (!is_new && entry.head == head && entry.was_latest == latest) {
        entry.source = source;
        return;
    }
    const bool was_highest = !is_new && entry.head.slot == highest_;
    if (is_new || entry.head != head) {
        entry.order = next_order_++;
    }
    entry.head = head;
    entry.source = source;
    entry.was_latest = latest;
    if (head.slot > highest_ || entries_.size() == 1) {
        highest_ = head.slot;
        groups_.clear();
        join(entry);
    } else if (was_highest) {
        regroup();
    } else if (head.slot == highest_) {
        join(entry);
    }
    choose_best();
}

void HeadCache::remove(updates::NodeId node) {
    const auto known = entries_.find(node);
    if (known == entries_.end()) {
        return;
    }
    const bool was_highest = known->second.head.slot == highest_;
    entries_.erase(known);
    if (was_highest) {
        regroup();
    }
    choose_best();
}

const HeadCache::Entry* HeadCache::best() const {
    return entries_.empty() ? nullptr : find(*best_);
}

const HeadCache::Entry* HeadCache::find(updates::NodeId node) const {
    const auto known = entries_.find(node);
    return known == entries_.end() ? nullptr : &known->second;
}

void HeadCache::join(const Entry& entry) {
    const auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& known) {
        return known.root == entry.head.block;
    });
    if (group == groups_.end()) {
        groups_.push_back(Group{entry.head.block, entry.node, 1, entry.order, entry.was_latest});
        return;
    }
    ++group->nodes;
    group->order = std::min(group->order, entry.order);
    group->was_latest = group->was_latest || entry.was_latest;
    const Entry& chosen = entries_.at(group->chosen);
    const int ahead = progress(entry) - progress(chosen);
    if (ahead > 0 || (ahead == 0 && entry.order < chosen.order)) {
        group->chosen = entry.node;
    }
}

void HeadCache::regroup() {
    groups_.clear();
    highest_ = chain::Slot{};
    for (const auto& [node, entry] : entries_) {
        highest_ = std::max(highest_, entry.head.slot);
    }
    for (const auto& [node, entry] : entries_) {
        if (entry.head.slot == highest_) {
            join(entry);
        }
    }
}

void HeadCache::choose_best() {
    if (entries_.empty()) {
        return;
    }
    const auto better = [&](const Group& a, const Group& b) {
        if (a.nodes != b.nodes) {
            return a.nodes > b.nodes;
        }
        const bool a_was_best = a.root == best_root_;
        const bool b_was_best = b.root == best_root_;
        return a_was_best != b_was_best ? a_was_best : a.order < b.order;
    };
    const Group& best = *std::min_element(groups_.begin(), groups_.end(), better);
    best_ = best.chosen;
    best_root_ = best.root;
    best_was_latest_ = best.was_latest;
}

}  // namespace monitor
