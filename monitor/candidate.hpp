#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

#include "http/request.hpp"
#include "monitor/node/liveness.hpp"
#include "updates/node_id.hpp"

namespace monitor {

/// A beacon node that we may follow.
struct Candidate {
    updates::NodeId id;
    http::Endpoint endpoint;
    /// Where the config has limits of its own for this node.
    LivenessOverride liveness{};
    /// False: its heads count whatever network it is on.
    bool checks_network = true;

    friend bool operator==(const Candidate&, const Candidate&) = default;
};

}  // namespace monitor
