#pragma once

#include <compare>
#include <cstdint>

namespace chain {

/// A slot number of the chain. Distinct from Epoch; converted by named functions only.
struct Slot {
    std::uint64_t value = 0;

    friend auto operator<=>(const Slot&, const Slot&) = default;
};

/// An epoch number of the chain.
struct Epoch {
    std::uint64_t value = 0;

    friend auto operator<=>(const Epoch&, const Epoch&) = default;
};

}  // namespace chain
