#include "app/api_output.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>

#include "api/agent_check.hpp"
#include "app/open_files.hpp"
#include "app/service_tree.hpp"
#include "config/supervision.hpp"
#include "history/http_routes.hpp"

namespace app {
namespace {

/// Half of what may be open is for the nodes and for ourselves, whatever clients do.
constexpr std::size_t kConnectionsMin = 64;
constexpr std::size_t kConnectionsMax = 12'000;
/// Connections that no event stream takes, so that there is room to ask how we are.
constexpr std::size_t kConnectionsKept = 32;

std::size_t connections_for(std::size_t open_files) {
    return std::clamp(open_files / 2, kConnectionsMin, kConnectionsMax);
}

/// Eight hex digits that no earlier start had, but for one in four billion.
std::string make_start_id() {
    std::uint32_t number = std::random_device{}();
    std::string id;
    for (int i = 0; i < 8; ++i, number >>= 4U) {
        id += "0123456789abcdef"[number & 0xFU];
    }
    return id;
}

api::ApiOptions api_options(const config::ApiOptions& options,
                            const std::vector<std::string>& extra_topics,
                            std::size_t connections_max, const CandidatesAccess& access) {
    api::ApiOptions made;
    made.start_id = make_start_id();
    made.version = HEADMON_VERSION;
    made.preferred_nodes = options.preferred_nodes;
    made.host_names = options.host_names;
    made.block_explorer = options.block_explorer;
    made.has_page = options.has_page;
    made.extra_topics = extra_topics;
    made.streams_max = connections_max - kConnectionsKept;
    made.candidates = access.candidates;
    made.token = access.token;
    return made;
}

std::unique_ptr<http::Server> open_server(Core& core, const config::ListenAddress& address,
                                          http::Handler handler, std::size_t connections_max) {
    try {
        return std::make_unique<http::Server>(
            core.loop.executor(), boost::asio::ip::tcp::endpoint{address.host, address.port},
            std::move(handler), api::server_options(connections_max));
    } catch (const boost::system::system_error& error) {
        throw ListenError{"API address " + to_string(address) + ": " + error.code().message() +
                          "; stop what listens there, or choose another one with --api-address "
                          "(off: no API)"};
    }
}

std::unique_ptr<api::AgentServer> open_agent(Core& core, const config::AddressOrOff& address,
                                             const api::Api& api) {
    if (!address) {
        return nullptr;
    }
    try {
        return std::make_unique<api::AgentServer>(
            core.loop.executor(), boost::asio::ip::tcp::endpoint{address->host, address->port},
            [&api, &clock = core.clock](std::string_view name) {
                return api::agent_answer(api.board(), name, clock.now());
            });
    } catch (const boost::system::system_error& error) {
        throw ListenError{"agent address " + to_string(*address) + ": " + error.code().message() +
                          "; stop what listens there, or choose another one with --agent-address "
                          "(off: no agent checks)"};
    }
}

std::string text_of(const boost::asio::ip::tcp::endpoint& bound) {
    return to_string(config::ListenAddress{bound.address(), bound.port()});
}

logging::LogLine open_to_others(const boost::asio::ip::tcp::endpoint& bound) {
    return {logging::LogLevel::kWarning,
            "API open to other machines",
            {{"address", text_of(bound)},
             {"advice",
              "whoever reaches this address reads names, versions, heads and faults of all nodes, "
              "without a password; let a firewall or a proxy decide who does"}}};
}

}  // namespace

ApiOutput::ApiOutput(Core& core, const config::ApiOptions& options, const CandidatesAccess& access)
    : core_{core},
      connections_max_{connections_for(raise_open_files())},
      access_lines_{access.start_lines},
      api_{core.loop.executor(), core.clock,
           api_options(options, core.monitor.options.extra_topics, connections_max_, access)},
      server_{open_server(
          core, *options.address,
          [this](http::ServerExchange& exchange) { return api_.handle(exchange); },
          connections_max_)},
      agent_{open_agent(core, options.agent_address, api_)},
      subscription_{
          core.broadcast.listen([this](const updates::Message& message) { api_.hear(message); })} {
    core.servers.push_back({server_->name(), [this] { return limits_met(); }});
    if (agent_) {
        core.servers.push_back(
            {std::string{config::kAgent}, [this] { return agent_limits_met(); }});
    }
}

std::string ApiOutput::url() const {
    const auto bound = server_->endpoint();
    return "http://" + text_of(bound);
}

std::vector<supervisor::Child> ApiOutput::servers() {
    std::vector<supervisor::Child> servers;
    servers.push_back(server_child(config::kApi, *server_, [this] { return api_.give_out(); }));
    if (agent_) {
        servers.push_back(
            supervisor::make_child(std::string{config::kAgent}, [this] { return agent_->run(); }));
    }
    return servers;
}

void ApiOutput::on_tree(const supervisor::Supervisor& tree) {
    std::vector<std::string> services;
    for (const supervisor::Status& status : tree.status()) {
        if (!status.is_group) {
            services.push_back(status.service);
        }
    }
    api_.set_services(std::move(services));
    api_.set_has_history(static_cast<bool>(core_.history_routes));
    if (core_.history_routes) {
        core_.history_routes(api_.router());
    } else {
        history::HttpRoutes::mount_none(api_.router());
    }
}

std::vector<logging::LogLine> ApiOutput::start_lines() const {
    std::vector<logging::LogLine> lines;
    const auto add = [&](const boost::asio::ip::tcp::endpoint& bound, logging::LogLine line) {
        lines.push_back(std::move(line));
        if (!bound.address().is_loopback()) {
            lines.push_back(open_to_others(bound));
        }
    };
    add(server_->endpoint(), {logging::LogLevel::kInfo, "API served", {{"url", url()}}});
    lines.insert(lines.end(), access_lines_.begin(), access_lines_.end());
    if (agent_) {
        const auto agent = agent_->endpoint();
        add(agent,
            {logging::LogLevel::kInfo, "agent checks answered", {{"address", text_of(agent)}}});
    }
    return lines;
}

http::LimitsMet ApiOutput::limits_met() const {
    http::LimitsMet met = server_->limits_met();
    const api::ApiLimitsMet of_api = api_.limits_met();
    met.streams = of_api.streams.streams;
    met.lost_events = of_api.streams.lost_events;
    met.host = of_api.host;
    met.answer_bytes = of_api.answer_bytes;
    met.token = of_api.candidates.token;
    met.changes = of_api.candidates.changes;
    met.names = of_api.candidates.names;
    return met;
}

http::LimitsMet ApiOutput::agent_limits_met() const {
    const api::AgentLimitsMet& of_agent = agent_->limits_met();
    http::LimitsMet met;
    met.connections = of_agent.connections;
    met.header_bytes = of_agent.line_bytes;
    met.request_time = of_agent.time;
    return met;
}

}  // namespace app
