#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "updates/node_id.hpp"

namespace updates {

/// A map from nodes to values with the interface of std::map, for the hot path: finding a node is
/// one look into an array by the number of its id. Iterates in the order of the names.
///
/// Adding and erasing cost time linear in the number of nodes, which happens when a list of
/// candidates comes into force; both invalidate iterators and references.
template <class T>
class NodeMap {
  public:
    using value_type = std::pair<NodeId, T>;
    using iterator = typename std::vector<value_type>::iterator;
    using const_iterator = typename std::vector<value_type>::const_iterator;

    [[nodiscard]] iterator begin() { return entries_.begin(); }
    [[nodiscard]] iterator end() { return entries_.end(); }
    [[nodiscard]] const_iterator begin() const { return entries_.begin(); }
    [[nodiscard]] const_iterator end() const { return entries_.end(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] bool empty() const { return entries_.empty(); }

    [[nodiscard]] iterator find(NodeId id) {
        const std::uint32_t place = place_of(id);
        return place == kNone ? end() : begin() + place;
    }
    [[nodiscard]] const_iterator find(NodeId id) const {
        const std::uint32_t place = place_of(id);
        return place == kNone ? end() : begin() + place;
    }
    [[nodiscard]] bool contains(NodeId id) const { return place_of(id) != kNone; }

    /// The node has a value.
    [[nodiscard]] T& at(NodeId id) { return find(id)->second; }
    [[nodiscard]] const T& at(NodeId id) const { return find(id)->second; }
    /// The node's value; made where there is none.
    [[nodiscard]] T& operator[](NodeId id) { return try_emplace(id).first->second; }

    /// Adds the value made from `args` unless the node has one.
    template <class... Args>
    std::pair<iterator, bool> try_emplace(NodeId id, Args&&... args) {
        if (const auto known = find(id); known != end()) {
            return {known, false};
        }
        const auto behind = std::lower_bound(
            begin(), end(), id,
            [](const value_type& entry, NodeId other) { return entry.first < other; });
        const auto added = entries_.emplace(behind, std::piecewise_construct, std::tuple{id},
                                            std::forward_as_tuple(std::forward<Args>(args)...));
        if (places_.size() <= id.index()) {
            places_.resize(std::size_t{id.index()} + 1, kNone);
        }
        number_from(added);
        return {added, true};
    }

    template <class Value>
    std::pair<iterator, bool> insert_or_assign(NodeId id, Value&& value) {
        if (const auto known = find(id); known != end()) {
            known->second = std::forward<Value>(value);
            return {known, false};
        }
        return try_emplace(id, std::forward<Value>(value));
    }

    iterator erase(const_iterator entry) {
        places_[entry->first.index()] = kNone;
        const auto next = entries_.erase(entry);
        number_from(next);
        return next;
    }
    std::size_t erase(NodeId id) {
        const auto entry = find(id);
        if (entry == end()) {
            return 0;
        }
        erase(const_iterator{entry});
        return 1;
    }
    void clear() {
        entries_.clear();
        places_.clear();
    }

    friend bool operator==(const NodeMap& one, const NodeMap& other) {
        return one.entries_ == other.entries_;
    }

    template <class Predicate>
    friend std::size_t erase_if(NodeMap& map, Predicate predicate) {
        const std::size_t before = map.size();
        for (auto entry = map.begin(); entry != map.end();) {
            entry = predicate(std::as_const(*entry)) ? map.erase(const_iterator{entry}) : entry + 1;
        }
        return before - map.size();
    }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    [[nodiscard]] std::uint32_t place_of(NodeId id) const {
        return id.index() < places_.size() ? places_[id.index()] : kNone;
    }
    void number_from(iterator entry) {
        for (; entry != end(); ++entry) {
            places_[entry->first.index()] = static_cast<std::uint32_t>(entry - begin());
        }
    }

    /// In the order of the names.
    std::vector<value_type> entries_;
    /// Where a node is in `entries_`, by the number of its id.
    std::vector<std::uint32_t> places_;
};

}  // namespace updates
