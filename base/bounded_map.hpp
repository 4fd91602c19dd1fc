#pragma once

#include <cassert>
#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace base {

/// What is remembered of the last `capacity` keys: a hash map that, when it is full, forgets the
/// key that was inserted first. Reads and changed values do not renew a key.
///
///     base::BoundedMap<chain::Root, Block> blocks{8192};
///     if (auto [block, is_new] = blocks.try_emplace(root, Block{slot}); is_new) { … }
///     if (const Block* block = blocks.find(root)) { … }
///
/// Once it is full, a new key takes over the memory of the one it replaces: no insertion allocates,
/// unless copying the key or moving the value does.
template <class Key, class Value, class Hash = std::hash<Key>>
class BoundedMap {
  public:
    /// `capacity` is at least 1. Memory is taken as keys come.
    explicit BoundedMap(std::size_t capacity) : capacity_{capacity} { assert(capacity >= 1); }

    /// The value of `key`, or null. Good until the key is forgotten.
    [[nodiscard]] Value* find(const Key& key) {
        const auto place = values_.find(key);
        return place == values_.end() ? nullptr : &place->second;
    }
    [[nodiscard]] const Value* find(const Key& key) const {
        const auto place = values_.find(key);
        return place == values_.end() ? nullptr : &place->second;
    }
    [[nodiscard]] bool contains(const Key& key) const { return values_.contains(key); }

    /// Inserts `value` when `key` is new; a known key keeps its value and its age. Returns the
    /// key's value, and whether it is new.
    std::pair<Value*, bool> try_emplace(const Key& key, Value value = Value{}) {
        if (Value* const known = find(key)) {
            return {known, false};
        }
        if (order_.size() < capacity_) {
            return {&add(key, std::move(value)), true};
        }
        Value& place = replace_oldest(key);
        place = std::move(value);
        return {&place, true};
    }

    /// The same, but in a full map a new key has the value of the key that is forgotten for it, for
    /// the caller to overwrite: for values whose memory is worth keeping.
    std::pair<Value*, bool> try_reuse(const Key& key, Value value = Value{}) {
        if (Value* const known = find(key)) {
            return {known, false};
        }
        return {order_.size() < capacity_ ? &add(key, std::move(value)) : &replace_oldest(key),
                true};
    }

    [[nodiscard]] std::size_t size() const { return values_.size(); }
    [[nodiscard]] bool empty() const { return values_.empty(); }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    void clear() {
        values_.clear();
        order_.clear();
        oldest_ = 0;
    }

  private:
    Value& add(const Key& key, Value value) {
        order_.push_back(key);
        return values_.try_emplace(key, std::move(value)).first->second;
    }
    Value& replace_oldest(const Key& key) {
        auto node = values_.extract(order_[oldest_]);
        order_[oldest_] = key;
        oldest_ = (oldest_ + 1) % capacity_;
        node.key() = key;
        return values_.insert(std::move(node)).position->second;
    }

    std::size_t capacity_;
    std::unordered_map<Key, Value, Hash> values_;
    /// A ring once it is full: the keys in the order they were inserted, the first at `oldest_`.
    std::vector<Key> order_;
    std::size_t oldest_ = 0;
};

}  // namespace base
