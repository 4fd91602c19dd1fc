#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "http/request.hpp"

namespace haproxy {

/// A node that HAProxy is to reach.
struct Node {
    /// As headmon knows it.
    std::string name;
    /// Its files have absolute paths.
    http::Endpoint endpoint;
};

/// An environment variable of HAProxy, which holds a secret.
struct Secret {
    std::string name;
    std::string value;
};

/// Certificate and key of a client, which HAProxy wants in one file.
struct ClientPem {
    std::string path;
    std::string certificate_file;
    std::string key_file;
};

/// How HAProxy reaches one node.
struct NodeSection {
    /// The lines of its `listen` section behind the first two, without a secret in them.
    std::vector<std::string> lines;
    std::vector<Secret> secrets;
    /// To be written before the configuration is used.
    std::optional<ClientPem> client_pem;
    /// Its host is a name that has to be resolved.
    bool is_resolved = false;
};

/// The section `resolvers` by which names of nodes are found again when they move.
inline constexpr const char* kResolvers = "headmon_names";

/// `number`, from 1, is the node's place, for the names of its secrets; `pem_prefix` is how the
/// path of its client certificate begins if there has to be a new file, or empty where none can be
/// written. Fails with kBadValue for what HAProxy cannot carry; the detail names the node and has
/// no secret.
[[nodiscard]] base::Result<NodeSection> make_node_section(const Node& node, std::size_t number,
                                                          const std::string& pem_prefix);

}  // namespace haproxy
