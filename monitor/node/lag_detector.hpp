#pragma once

#include <algorithm>
#include <bitset>
#include <chrono>
#include <cstddef>

#include "base/clock.hpp"
#include "chain/spec.hpp"

namespace monitor {

/// Whether a node lags: in most slots it reports the head long after the first node, though it is
/// level again before the slot is over. One for each node. Outlives runs. Pure.
///
/// Only heads that another node reported too say anything about it: of what it reports alone nobody
/// knows whether it was late.
class LagDetector {
  public:
    /// Heads that are looked at.
    static constexpr std::size_t kHeads = 16;
    /// So many late ones among them begin it, and it ends when no more than so many are left.
    static constexpr std::size_t kLateBegin = 12;
    static constexpr std::size_t kLateEnd = 4;
    /// Late is a lag of more than a slot over this, and never less than the floor: nodes on one
    /// machine differ by 50 ms.
    static constexpr int kLateParts = 6;
    static constexpr base::Duration kLateFloor = std::chrono::milliseconds{100};

    void set_slot_duration(base::Duration slot) {
        limit_ = std::max<base::Duration>(slot / kLateParts, kLateFloor);
    }

    /// The node reported a head so long after the first one that did.
    void head(base::Duration lag) {
        late_ <<= 1;
        late_.set(0, lag > limit_);
        if (late_.count() >= kLateBegin) {
            is_lagging_ = true;
        } else if (late_.count() <= kLateEnd) {
            is_lagging_ = false;
        }
    }

    [[nodiscard]] bool is_lagging() const { return is_lagging_; }

  private:
    base::Duration limit_ = chain::kDefaultSlotDuration / kLateParts;
    /// The newest at 0.
    std::bitset<kHeads> late_;
    bool is_lagging_ = false;
};

}  // namespace monitor
