#pragma once

#include <cstdint>

#include "chain/slot.hpp"

namespace chain {

/// How far a node has followed its chain, by its own word: `GET /eth/v1/node/syncing`.
/// https://ethereum.github.io/beacon-APIs/#/Node/getSyncingStatus
struct SyncStatus {
    Slot head_slot;
    /// Slots from its head to the head of the chain.
    std::uint64_t sync_distance = 0;
    bool is_syncing = false;
    /// Its head's execution payload is not verified. False when the node does not say.
    bool is_optimistic = false;
    /// Its execution client does not answer it. False when the node does not say.
    bool el_offline = false;

    friend bool operator==(const SyncStatus&, const SyncStatus&) = default;
};

}  // namespace chain
