#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"

namespace fleet {

/// Under which origins an instance sends. A headmon that begins anew leaves its old origin for
/// ever; when one comes again after another, two headmons have the same name. Pure.
class Origins {
  public:
    static constexpr std::size_t kRemembered = 8;
    /// Both are alive when neither was silent for so long: three times an `instance_status`.
    static constexpr std::chrono::seconds kAlive{90};

    /// A message of that origin, in the order in which they were stored.
    void meet(std::uint64_t origin, base::WallTime stored_at) {
        if (!entries_.empty() && entries_.back().origin == origin) {
            entries_.back().last = stored_at;
            return;
        }
        Entry entry{origin, stored_at, false};
        for (auto known = entries_.begin(); known != entries_.end(); ++known) {
            if (known->origin == origin) {
                entry.has_returned = true;
                entries_.erase(known);
                break;
            }
        }
        if (entries_.size() == kRemembered) {
            entries_.erase(entries_.begin());
        }
        entries_.push_back(entry);
    }

    /// As of `now`, by the broker's clock.
    [[nodiscard]] bool are_two(base::WallTime now) const {
        bool has_returned = false;
        std::size_t alive = 0;
        for (const Entry& entry : entries_) {
            if (now - entry.last <= kAlive) {
                ++alive;
                has_returned = has_returned || entry.has_returned;
            }
        }
        return alive > 1 && has_returned;
    }

  private:
    struct Entry {
        std::uint64_t origin = 0;
        base::WallTime last;
        bool has_returned = false;
    };
    /// The one that was met last is at the end.
    std::vector<Entry> entries_;
};

}  // namespace fleet
