#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "base/result.hpp"
#include "haproxy/node_section.hpp"

namespace haproxy {

/// What a configuration is made of.
struct Plan {
    std::vector<Node> nodes;
    /// Names of nodes that come first while headmon has not yet said which one is best.
    std::vector<std::string> preferred_nodes;
    /// Where validator clients are served.
    boost::asio::ip::tcp::endpoint frontend;
    /// headmon's own servers; an unspecified address stands for loopback.
    boost::asio::ip::tcp::endpoint api;
    boost::asio::ip::tcp::endpoint agent;
    /// Where the secrets will be, or empty.
    std::string secrets_file;
};

struct Configuration {
    /// A whole configuration but for its secrets.
    std::string text;
    /// A section `global` that sets them; to be read before `text`. Secret.
    std::string secrets;
    /// The nodes that have secrets.
    std::vector<std::string> nodes_with_secrets;
    /// To be written beside the secrets.
    std::vector<ClientPem> client_pems;
};

/// The configuration of Debian's HAProxy (2.6) with one frontend for validator clients: events from
/// headmon, and from the nodes themselves while headmon is away; all else from the best node.
///
/// Each node has a section of its own, which all requests to it pass: only there can its path, its
/// headers and its credentials be given to it and to no other node. Fails with kBadValue for what
/// HAProxy cannot carry; the detail has no secret.
[[nodiscard]] base::Result<Configuration> make_configuration(const Plan& plan);

}  // namespace haproxy
