#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "beacon_api/events.hpp"
#include "beacon_api/responses.hpp"
#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/slot_clock.hpp"

namespace tests {

/// A chain with slots of 12 s, and its time on both clocks.
inline const chain::SlotClock kChainClock{base::WallTime{std::chrono::seconds{1'600'000'000}},
                                          std::chrono::milliseconds{12'000}};

/// `into` into `slot`.
inline base::Instant at(std::uint64_t slot, base::Duration into = {}) {
    const base::Duration since_genesis = std::chrono::seconds{12} * slot + into;
    return {base::MonoTime{std::chrono::hours{1}} + since_genesis,
            kChainClock.genesis() +
                std::chrono::duration_cast<base::WallTime::duration>(since_genesis)};
}

/// The root of a block: its slot, and a letter for the branch that it is on.
inline chain::Root root_of(std::uint64_t slot, char branch = 'a') {
    chain::Root made;
    for (std::size_t i = 0; i < 8; ++i) {
        made.bytes[i] = static_cast<std::uint8_t>(slot >> (8 * i));
    }
    made.bytes[31] = static_cast<std::uint8_t>(branch);
    return made;
}

inline chain::Head head_of(std::uint64_t slot, char branch = 'a') {
    chain::Head made;
    made.slot = chain::Slot{slot};
    made.block = root_of(slot, branch);
    return made;
}

inline beacon_api::BlockHeader header_of(std::uint64_t slot, char branch, std::uint64_t parent_slot,
                                         char parent_branch) {
    beacon_api::BlockHeader made;
    made.slot = chain::Slot{slot};
    made.root = root_of(slot, branch);
    made.parent_root = root_of(parent_slot, parent_branch);
    return made;
}

}  // namespace tests
