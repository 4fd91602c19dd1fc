#include "monitor/head_cache.hpp"

#include <algorithm>
#include <cassert>

namespace monitor {
namespace {

/// Full is further than empty, empty further than absent.
std::size_t progress(const chain::Head& head) {
    if (!head.payload_status) {
        return 0;
    }
    return *head.payload_status == chain::PayloadStatus::kFull ? 2 : 1;
}

}  // namespace

bool HeadCache::is_latest(updates::NodeId node, chain::Slot slot) const {
    if (slot >= highest_ || entries_.empty()) {
        return true;
    }
    // Below the highest: still true when that is the node's own head alone.
    const auto known = entries_.find(node);
    if (known == entries_.end() || known->second.entry.head.slot != highest_) {
        return false;
    }
    return std::all_of(entries_.begin(), entries_.end(), [&](const auto& other) {
        return slot >= other.second.entry.head.slot || other.first == node;
    });
}

void HeadCache::put(updates::NodeId node, const chain::Head& head, updates::HeadSource source) {
    assert(!head.execution_optimistic);
    const bool latest = is_latest(node, head.slot);
    const auto [known, is_new] =
        entries_.try_emplace(node, Cached{{node, head, source, latest, next_order_}, {}});
    Cached& cached = known->second;
    Entry& entry = cached.entry;
    if (!is_new && entry.head == head && entry.was_latest == latest) {
        entry.source = source;
        return;
    }
    if (is_new) {
        cached.place = idle_.insert(idle_.end(), node);
    } else if (entry.head.slot == highest_) {
        leave(cached);
    }
    const bool is_repeat = !is_new && entry.head == head;
    if (!is_repeat) {
        entry.order = next_order_++;
    }
    entry.head = head;
    entry.source = source;
    entry.was_latest = latest;
    // A repeat keeps its place in the order, which is not the last one; and where this was the last
    // of the highest heads, others are the highest now.
    const bool is_last = head.slot < highest_ && groups_.empty() && entries_.size() > 1;
    if (is_last || (is_repeat && head.slot == highest_)) {
        regroup();
    } else if (head.slot > highest_ || entries_.size() == 1) {
        highest_ = head.slot;
        clear_groups();
        join(cached);
    } else if (head.slot == highest_) {
        join(cached);
    }
    choose_best();
}

void HeadCache::remove(updates::NodeId node) {
    const auto known = entries_.find(node);
    if (known == entries_.end()) {
        return;
    }
    const bool was_highest = known->second.entry.head.slot == highest_;
    if (was_highest) {
        leave(known->second);
    }
    idle_.erase(known->second.place);
    entries_.erase(known);
    if (was_highest && groups_.empty()) {
        regroup();
    }
    choose_best();
}

const HeadCache::Entry* HeadCache::best() const {
    return entries_.empty() ? nullptr : find(*best_);
}

const HeadCache::Entry* HeadCache::find(updates::NodeId node) const {
    const auto known = entries_.find(node);
    return known == entries_.end() ? nullptr : &known->second.entry;
}

void HeadCache::join(const Cached& cached) {
    const Entry& entry = cached.entry;
    auto group = std::find_if(groups_.begin(), groups_.end(),
                              [&](const Group& known) { return known.root == entry.head.block; });
    if (group == groups_.end()) {
        group = groups_.insert(group, Group{entry.head.block, {}, 0, 0});
    }
    Nodes& nodes = group->nodes.at(progress(entry.head));
    nodes.splice(nodes.end(), idle_, cached.place);
    ++group->size;
    group->latest += entry.was_latest ? 1 : 0;
}

void HeadCache::leave(const Cached& cached) {
    const Entry& entry = cached.entry;
    const auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& known) {
        return known.root == entry.head.block;
    });
    idle_.splice(idle_.end(), group->nodes.at(progress(entry.head)), cached.place);
    group->latest -= entry.was_latest ? 1 : 0;
    if (--group->size == 0) {
        groups_.erase(group);
    }
}

void HeadCache::clear_groups() {
    for (Group& group : groups_) {
        for (Nodes& nodes : group.nodes) {
            idle_.splice(idle_.end(), nodes);
        }
    }
    groups_.clear();
}

void HeadCache::regroup() {
    clear_groups();
    highest_ = chain::Slot{};
    for (const auto& [node, cached] : entries_) {
        highest_ = std::max(highest_, cached.entry.head.slot);
    }
    std::vector<const Cached*> highest;
    for (const auto& [node, cached] : entries_) {
        if (cached.entry.head.slot == highest_) {
            highest.push_back(&cached);
        }
    }
    std::sort(highest.begin(), highest.end(),
              [](const auto* a, const auto* b) { return a->entry.order < b->entry.order; });
    for (const Cached* const cached : highest) {
        join(*cached);
    }
}

updates::NodeId HeadCache::chosen(const Group& group) const {
    const auto furthest = std::find_if(group.nodes.rbegin(), group.nodes.rend(),
                                       [](const Nodes& nodes) { return !nodes.empty(); });
    return furthest->front();
}

std::uint64_t HeadCache::order(const Group& group) const {
    std::uint64_t first = next_order_;
    for (const Nodes& nodes : group.nodes) {
        if (!nodes.empty()) {
            first = std::min(first, entries_.at(nodes.front()).entry.order);
        }
    }
    return first;
}

void HeadCache::choose_best() {
    if (entries_.empty()) {
        return;
    }
    const auto better = [&](const Group& a, const Group& b) {
        if (a.size != b.size) {
            return a.size > b.size;
        }
        const bool a_was_best = a.root == best_root_;
        const bool b_was_best = b.root == best_root_;
        return a_was_best != b_was_best ? a_was_best : order(a) < order(b);
    };
    const Group& best = *std::min_element(groups_.begin(), groups_.end(), better);
    best_ = chosen(best);
    best_root_ = best.root;
    best_was_latest_ = best.latest > 0;
}

}  // namespace monitor
