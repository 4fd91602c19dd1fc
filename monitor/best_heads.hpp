#pragma once

#include <optional>

#include "monitor/head_cache.hpp"
#include "updates/update.hpp"

namespace monitor {

/// The heads of one run's streams, and when the best among them is news: when its root or payload
/// status is another than what was published last, and it was not stale when it came. At the
/// beginning of a run, and when no stream is left, what was published last is a floor: a lower head
/// is held back, until one at or above it comes or the second tick. Pure.
class BestHeads {
  public:
    /// `last` is what was published last; `earlier` is the floor where nothing was: the best head
    /// of an earlier start.
    explicit BestHeads(const std::optional<updates::BestHead>& last,
                       std::optional<chain::Slot> earlier = std::nullopt)
        : last_published_{last},
          floor_{last ? std::optional{last->head.slot} : earlier},
          floor_holds_{floor_.has_value()} {}

    /// `head` is not optimistic.
    void put(updates::NodeId node, const chain::Head& head, updates::HeadSource source) {
        cache_.put(node, head, source);
    }
    void remove(updates::NodeId node) { cache_.remove(node); }
    void stream_ended(updates::NodeId node);
    void clear() { cache_ = HeadCache{}; }
    void on_tick();

    /// The best head, if it is to be published now; it counts as published then.
    [[nodiscard]] std::optional<updates::BestHead> news();

    [[nodiscard]] const HeadCache& cache() const { return cache_; }
    /// What was published last, in this run or before.
    [[nodiscard]] const std::optional<updates::BestHead>& last_published() const {
        return last_published_;
    }

  private:
    HeadCache cache_;
    std::optional<updates::BestHead> last_published_;
    std::optional<chain::Slot> floor_;
    static constexpr int kFloorTicks = 2;
    bool floor_holds_;
    /// Since it came into force.
    int floor_ticks_ = 0;
};

}  // namespace monitor
