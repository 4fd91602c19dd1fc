#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "chain/slot.hpp"

namespace chain {

/// Slot time of one chain: wall time of genesis and the length of a slot. A value; sub-second slots
/// work. Any slot number may be asked about: times beyond what their type can hold become the
/// nearest that it can.
class SlotClock {
  public:
    /// `slot_duration` is positive.
    SlotClock(base::WallTime genesis, std::chrono::milliseconds slot_duration);

    [[nodiscard]] base::WallTime genesis() const { return genesis_; }
    [[nodiscard]] std::chrono::milliseconds slot_duration() const { return slot_duration_; }

    /// The slot that `when` lies in; nothing before genesis.
    [[nodiscard]] std::optional<Slot> slot_at(base::WallTime when) const;
    [[nodiscard]] base::WallTime start_of(Slot slot) const;
    /// How long after the start of `slot` the moment `when` is; negative when it is before.
    [[nodiscard]] base::Duration delay_into(Slot slot, base::WallTime when) const;

    friend bool operator==(const SlotClock&, const SlotClock&) = default;

  private:
    base::WallTime genesis_;
    std::chrono::milliseconds slot_duration_;
};

}  // namespace chain
