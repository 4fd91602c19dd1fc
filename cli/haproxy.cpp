#include "cli/haproxy.hpp"

#include <filesystem>
#include <string>
#include <utility>

#include "app/error_line.hpp"
#include "app/exit_code.hpp"
#include "config/config.hpp"
#include "files/bounded_file.hpp"
#include "files/whole_file.hpp"
#include "haproxy/configuration.hpp"

namespace cli {
namespace {

/// HAProxy is started in another directory than this.
std::string absolute(const std::string& path) {
    return path.empty() ? path : std::filesystem::absolute(path).string();
}

boost::asio::ip::tcp::endpoint endpoint_of(const config::ListenAddress& address) {
    return {address.host, address.port};
}

haproxy::Node node_of(const monitor::Candidate& candidate) {
    http::Endpoint endpoint = candidate.endpoint;
    http::TlsFiles& tls = endpoint.tls;
    for (std::string* file : {&tls.ca_file, &tls.client_certificate_file, &tls.client_key_file}) {
        *file = absolute(*file);
    }
    return {candidate.id.name(), std::move(endpoint)};
}

base::Error bad_file(const std::string& path, const base::Error& error) {
    return base::bad_value(path + ": " + error.detail);
}

/// Certificate and key in one file.
base::Result<void> write_pem(const haproxy::ClientPem& pem) {
    std::string both;
    for (const std::string& path : {pem.certificate_file, pem.key_file}) {
        const auto text = files::read_bounded_file(path, files::FileKinds::kRegular);
        if (!text) {
            return bad_file(path, text.error());
        }
        both += *text + "\n";
    }
    if (const auto written = files::write_whole_file(pem.path, both); !written) {
        return bad_file(pem.path, written.error());
    }
    return {};
}

base::Result<void> write_secrets(const haproxy::Configuration& made, const std::string& path) {
    for (const haproxy::ClientPem& pem : made.client_pems) {
        if (auto written = write_pem(pem); !written) {
            return written;
        }
    }
    if (const auto written = files::write_whole_file(path, made.secrets); !written) {
        return bad_file(path, written.error());
    }
    return {};
}

}  // namespace

int run_haproxy(const HaproxyArguments& arguments) {
    const auto config = config::make_config(arguments.settings, config::process_environment);
    if (!config) {
        return app::usage_error(config.error().detail);
    }
    const config::ApiOptions& api = config->api;
    if (!api.address || !api.agent_address) {
        return app::usage_error(
            std::string{"HAProxy needs headmon's API and its agent checks: give "} +
            (api.address ? "agent_address in [api], such as \"127.0.0.1:9466\", or --agent-address"
                         : "address in [api] that is not off, or --api-address"));
    }
    haproxy::Plan plan;
    plan.preferred_nodes = api.preferred_nodes;
    plan.frontend = endpoint_of(arguments.address);
    plan.api = endpoint_of(*api.address);
    plan.agent = endpoint_of(*api.agent_address);
    plan.secrets_file = absolute(arguments.secrets_file);
    for (const monitor::Candidate& candidate : config->candidates) {
        plan.nodes.push_back(node_of(candidate));
    }
    const auto made = haproxy::make_configuration(plan);
    if (!made) {
        return app::usage_error(made.error().detail);
    }
    const bool has_secrets = !made->nodes_with_secrets.empty();
    if (has_secrets && plan.secrets_file.empty() && !arguments.show_secrets) {
        return app::usage_error("node \"" + made->nodes_with_secrets.front() +
                                "\" has secrets (user, path, query or headers): give "
                                "--secrets-file FILE to write them to, or --show-secrets to have "
                                "them printed");
    }
    if (!plan.secrets_file.empty()) {
        if (const auto written = write_secrets(*made, plan.secrets_file); !written) {
            app::write_error(written.error().detail);
            return app::kExitFatal;
        }
    }
    const std::string secrets =
        has_secrets && arguments.show_secrets ? made->secrets + "\n" : std::string{};
    return app::write_text(secrets + made->text) ? app::kExitOk : app::kExitFatal;
}

}  // namespace cli
