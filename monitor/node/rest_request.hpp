#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "beacon_api/node_client.hpp"
#include "beacon_api/responses.hpp"
#include "chain/root.hpp"
#include "chain/spec.hpp"
#include "chain/sync_status.hpp"
#include "monitor/network_guard.hpp"

namespace monitor {

/// What is requested of a node by REST.
struct RestRequest {
    enum class Kind : std::uint8_t {
        /// Genesis and spec.
        kIdentity,
        kVersion,
        kSyncing,
        /// The header of its head.
        kHead,
        /// The header of the block `root`.
        kHeader,
    };
    Kind kind = Kind::kIdentity;
    /// Meaningful for kHeader only.
    chain::Root root;

    friend bool operator==(const RestRequest&, const RestRequest&) = default;
};

/// The answer to kIdentity: genesis was answered, the spec perhaps.
struct Identity {
    ChainIdentity chain;
    base::Result<chain::Spec> spec;

    friend bool operator==(const Identity&, const Identity&) = default;
};

struct RestAnswer {
    /// Identity, version, syncing, or a header, as it was requested.
    using Value = std::variant<Identity, std::string, chain::SyncStatus, beacon_api::BlockHeader>;

    base::Result<Value> result;
    /// The answers that came, of any status; an identity takes two.
    std::vector<beacon_api::Exchange> exchanges;
};

}  // namespace monitor
