#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/request.hpp"
#include "monitor/candidate.hpp"

namespace config {

/// A node as the operator gave it.
struct NodeSpec {
    /// Empty: named after host and port.
    std::string name;
    http::Endpoint endpoint;
    /// Where it was given, for errors: "headmon.toml:12", "--beacon-node".
    std::string where;
    /// Its own limits, where it has any.
    monitor::LivenessOverride liveness{};
    /// Whether its network is checked before its heads count.
    bool checks_network = true;
};

/// Gives a name to each node that has none: `host:port`, and where that is taken
/// `host:port#xxxx`, with 16 bits of a hash of the whole URL in the name space `salt`. So short a
/// hash confirms no guess at a secret, and the salt makes it differ from machine to machine.
/// Fails with kBadValue for a bad name and for one that comes twice; the detail begins with
/// `where`.
[[nodiscard]] base::Result<std::vector<monitor::Candidate>> name_nodes(std::vector<NodeSpec> specs,
                                                                       std::string_view salt);

/// The same without making candidates, whose names are never forgotten: each node has its name
/// then.
[[nodiscard]] base::Result<std::vector<NodeSpec>> give_names(std::vector<NodeSpec> specs,
                                                             std::string_view salt);

/// The candidates of nodes that have their names.
[[nodiscard]] std::vector<monitor::Candidate> make_candidates(std::vector<NodeSpec> named);

/// The machine's own id, so that names stay the same over restarts: /etc/machine-id, else its host
/// name.
[[nodiscard]] std::string machine_salt();

}  // namespace config
