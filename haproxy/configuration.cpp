#include "haproxy/configuration.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "haproxy/words.hpp"

namespace haproxy {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;
using boost::asio::ip::tcp;

constexpr std::string_view kHead =
    R"(# Configuration of HAProxy 2.6, printed by headmon haproxy: one address for validator clients.
global
    log stderr format raw daemon notice
    user haproxy
    group haproxy
    chroot /var/lib/haproxy
    # A request is sent again, to another node, as long as it fits into a buffer.
    tune.bufsize 131072
    # Room for what a node's path and headers add to a request.
    tune.maxrewrite 32768
)";

/// A name that cannot be resolved any more is kept as it was: it may be one of /etc/hosts.
constexpr std::string_view kResolverLines = R"(
    parse-resolv-conf
    hold nx 20d
    hold refused 20d
    hold timeout 20d
    hold other 20d
    hold obsolete 20d
)";

constexpr std::string_view kDefaults = R"(
defaults
    mode http
    log global
    option dontlog-normal
    option http-no-delay
    option abortonclose
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout queue 5s
    timeout check 2s
    timeout http-request 10s
    timeout http-keep-alive 60s
)";

tcp::endpoint reachable(const tcp::endpoint& endpoint) {
    if (!endpoint.address().is_unspecified()) {
        return endpoint;
    }
    const bool is_v6 = endpoint.address().is_v6();
    return {is_v6 ? address{address_v6::loopback()} : address{address_v4::loopback()},
            endpoint.port()};
}

std::string to_text(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
           std::to_string(endpoint.port());
}

/// One node's place in the configuration.
struct Place {
    const Node* node = nullptr;
    std::string server;
    /// The socket, inside of HAProxy, at which the node's own section is reached.
    std::string socket;
    NodeSection section;
};

/// The port keeps the sockets of two HAProxies on one machine apart.
std::string socket_name(const Plan& plan, const std::string& what) {
    return "abns@headmon-" + std::to_string(plan.frontend.port()) + "-" + what;
}

std::string events_socket(const Plan& plan) {
    return socket_name(plan, "own");
}

std::string frontend_text(const Plan& plan) {
    return "\nfrontend headmon_validators\n    bind " + to_text(plan.frontend) +
           "\n    use_backend headmon_events if { path /eth/v1/events }"
           "\n    default_backend headmon_nodes\n";
}

std::string events_text(const Plan& plan, const std::vector<Place>& places) {
    std::string text = R"(
# Streams of events: headmon's one over all nodes; a node's own while headmon is away.
backend headmon_events
    option httpchk
    http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host localhost
    http-check expect status 200
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response 502 503 504
    server headmon )" + events_socket(plan) +
                       " check inter 500ms fall 2 rise 1\n";
    for (const Place& place : places) {
        text += "    server " + place.server + " " + place.socket + " backup track headmon_nodes/" +
                place.server + "\n";
    }
    // A section of its own, so that no node is sent what is meant for headmon.
    text += R"(
# All else goes to the best node: headmon tells a head when that node has it.
listen headmon_own
    bind )" +
            events_socket(plan) + R"(
    retries 0
    http-request set-header Host localhost
    http-request set-query %[query]&wait_for=best_node
    server headmon )" +
            to_text(reachable(plan.api)) + "\n";
    return text;
}

/// By preference, then as in the list.
std::vector<const Place*> ranked(const Plan& plan, const std::vector<Place>& places) {
    std::vector<const Place*> order;
    for (const std::string& name : plan.preferred_nodes) {
        for (const Place& place : places) {
            if (place.node->name == name) {
                order.push_back(&place);
            }
        }
    }
    for (const Place& place : places) {
        if (std::find(order.begin(), order.end(), &place) == order.end()) {
            order.push_back(&place);
        }
    }
    return order;
}

std::string nodes_text(const Plan& plan, const std::vector<Place>& places) {
    const tcp::endpoint agent = reachable(plan.agent);
    std::string text = R"(
# All else: the node that headmon's agent checks give all the weight. The others stand by.
backend headmon_nodes
    balance roundrobin
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response 502 503 504
    option httpchk
    http-check send meth GET uri /eth/v1/node/health ver HTTP/1.1 hdr Host localhost
    http-check expect status 200-299
)";
    for (const Place* const place : ranked(plan, places)) {
        text += "    use-server " + place->server + " if { srv_weight(headmon_nodes/" +
                place->server + ") ge 50 }\n";
    }
    text +=
        "    default-server weight 100 check inter 500ms fastinter 250ms fall 2 rise 1"
        " on-marked-down shutdown-sessions agent-check agent-inter 500ms agent-addr " +
        agent.address().to_string() + " agent-port " + std::to_string(agent.port()) + "\n";
    for (const Place& place : places) {
        text += "    server " + place.server + " " + place.socket + " agent-send " +
                quote(place.node->name) + "\\n\n";
    }
    return text;
}

std::string node_text(const Place& place, std::size_t number) {
    std::string text = "\n# " + place.node->name + "\nlisten headmon_node_" +
                       std::to_string(number) + "\n    bind " + place.socket + "\n    retries 0\n";
    for (const std::string& line : place.section.lines) {
        text += "    " + line + "\n";
    }
    return text;
}

std::optional<base::Error> find_problem(const Plan& plan) {
    for (const auto& [endpoint, what] :
         {std::pair{&plan.frontend, "the frontend"}, std::pair{&plan.api, "headmon's API"},
          std::pair{&plan.agent, "headmon's agent checks"}}) {
        if (endpoint->port() == 0) {
            return base::bad_value(std::string{"HAProxy has to know the port of "} + what +
                                   ": give one that is not 0");
        }
    }
    if (plan.frontend == plan.api || plan.frontend == plan.agent) {
        return base::bad_value("the frontend has the address of headmon itself; give it another");
    }
    return std::nullopt;
}

}  // namespace

base::Result<Configuration> make_configuration(const Plan& plan) {
    if (auto error = find_problem(plan)) {
        return *error;
    }
    std::vector<std::string> names;
    std::transform(plan.nodes.begin(), plan.nodes.end(), std::back_inserter(names),
                   [](const Node& node) { return node.name; });
    const std::vector<std::string> servers = server_names(names);
    Configuration made;
    std::vector<Place> places;
    made.secrets =
        "# Secrets of headmon's nodes, printed by headmon haproxy. Read it first.\nglobal\n";
    bool is_resolved = false;
    for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
        auto section = make_node_section(plan.nodes[i], i + 1, plan.secrets_file);
        if (!section) {
            return section.error();
        }
        is_resolved = is_resolved || section->is_resolved;
        for (const Secret& secret : section->secrets) {
            made.secrets += "    setenv " + secret.name + " " + quote(secret.value) + "\n";
        }
        if (!section->secrets.empty()) {
            made.nodes_with_secrets.push_back(plan.nodes[i].name);
        }
        if (section->client_pem) {
            made.client_pems.push_back(*section->client_pem);
        }
        places.push_back(Place{&plan.nodes[i], servers[i], socket_name(plan, std::to_string(i + 1)),
                               std::move(*section)});
    }
    made.text = kHead;
    if (is_resolved) {
        made.text += std::string{"\nresolvers "} + kResolvers + std::string{kResolverLines};
    }
    made.text += kDefaults;
    made.text += frontend_text(plan) + events_text(plan, places) + nodes_text(plan, places);
    for (std::size_t i = 0; i < places.size(); ++i) {
        made.text += node_text(places[i], i + 1);
    }
    return made;
}

}  // namespace haproxy
