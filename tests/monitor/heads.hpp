#pragma once

#include <cstdint>
#include <optional>

#include "beacon_api/events.hpp"
#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"

namespace tests {

/// A root whose last byte is `n`.
inline chain::Root root(std::uint8_t n) {
    chain::Root made;
    made.bytes.back() = n;
    return made;
}

/// A head at `slot` with block `root(block)`.
inline chain::Head head(std::uint64_t slot, std::uint8_t block,
                        std::optional<chain::PayloadStatus> payload_status = std::nullopt) {
    chain::Head made;
    made.slot = chain::Slot{slot};
    made.block = root(block);
    made.payload_status = payload_status;
    return made;
}

inline chain::Head optimistic_head(std::uint64_t slot, std::uint8_t block) {
    chain::Head made = head(slot, block);
    made.execution_optimistic = true;
    return made;
}

}  // namespace tests
