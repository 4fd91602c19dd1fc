#pragma once

#include <compare>
#include <cstdint>

namespace chain {

/// A slot number of the chain. Distinct from Epoch; converted by named functions only.
struct Slot {
    std::uint64_t value = 0;

    [[nodiscard]] constexpr Slot next() const { return Slot{value + 1}; }

    friend auto operator<=>(const Slot&, const Slot&) = default;
    friend constexpr Slot operator+(Slot slot, std::uint64_t slots) {
        return Slot{slot.value + slots};
    }
};

/// Slots from `from` to a later one; 0 when `to` is not later.
[[nodiscard]] constexpr std::uint64_t distance(Slot from, Slot to) {
    return to > from ? to.value - from.value : 0;
}

/// An epoch number of the chain.
struct Epoch {
    std::uint64_t value = 0;

    friend auto operator<=>(const Epoch&, const Epoch&) = default;
};

}  // namespace chain
