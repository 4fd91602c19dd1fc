#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "api/beacon_events.hpp"
#include "base/clock.hpp"

namespace api {

/// The merged stream for clients that ask the best node next: an event waits until that node has
/// the head that the merged stream has reached with it. Who attests by a head that the node does
/// not have yet votes for the block before. Pure; told the time.
///
/// Nothing waits for longer than a third of a slot, when clients attest without a head, nor while
/// no node can be used.
class HeldEvents {
  public:
    /// More do not wait: the oldest is given out.
    static constexpr std::size_t kEventsMax = 1024;
    /// A third of a slot.
    static constexpr int kWaitsPerSlot = 3;

    /// An event behind so many moves of the merged head.
    void add(BeaconEvent event, std::uint64_t moves, base::MonoTime now, base::Duration slot);
    /// The events that wait no longer, in order. `followed` are the moves of the merged head that
    /// the best node has followed; nothing while there is no best node.
    [[nodiscard]] std::vector<BeaconEvent> take(std::optional<std::uint64_t> followed,
                                                base::MonoTime now);
    /// Until when the first one waits at most; nothing when none does.
    [[nodiscard]] std::optional<base::MonoTime> due() const;

  private:
    struct Held {
        BeaconEvent event;
        std::uint64_t moves;
        base::MonoTime until;
    };

    std::deque<Held> held_;
};

}  // namespace api
