#pragma once

#include <cstdint>
#include <optional>

#include "beacon_api/events.hpp"

namespace tests {

/// A root whose last byte is `n`.
inline base::Root root(std::uint8_t n) {
    base::Root made;
    made.bytes.back() = n;
    return made;
}

/// A head at `slot` with block `root(block)`.
inline beacon_api::HeadEvent head(
    std::uint64_t slot, std::uint8_t block,
    std::optional<beacon_api::PayloadStatus> payload_status = std::nullopt) {
    beacon_api::HeadEvent made;
    made.slot = base::Slot{slot};
    made.block = root(block);
    made.payload_status = payload_status;
    return made;
}

inline beacon_api::HeadEvent optimistic_head(std::uint64_t slot, std::uint8_t block) {
    beacon_api::HeadEvent made = head(slot, block);
    made.execution_optimistic = true;
    return made;
}

}  // namespace tests
