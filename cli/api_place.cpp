#include "cli/api_place.hpp"

#include <optional>
#include <utility>

#include "app/candidates_access.hpp"
#include "app/exit_code.hpp"
#include "app/token_file.hpp"
#include "config/config_file.hpp"

namespace cli {
namespace {

config::Config read_config_of(const std::string& path) {
    // A header's value is needed by headmon itself, and not here.
    const config::Environment environment = [](const std::string& name) {
        const auto value = config::process_environment(name);
        return value || name == "STATE_DIRECTORY" ? value : std::optional<std::string>{"-"};
    };
    config::Settings settings;
    if (!path.empty()) {
        auto read = config::load_settings(path, environment);
        if (!read) {
            throw usage_failure(read.error().detail);
        }
        settings = std::move(*read);
    }
    auto config = config::build_config(std::move(settings), environment);
    if (!config) {
        throw usage_failure(config.error().detail);
    }
    return std::move(*config);
}

/// Where a client reaches what listens on `address`.
std::string url_of(config::ListenAddress address) {
    if (address.host.is_unspecified()) {
        address.host = address.host.is_v6()
                           ? boost::asio::ip::address{boost::asio::ip::address_v6::loopback()}
                           : boost::asio::ip::address{boost::asio::ip::address_v4::loopback()};
    }
    return "http://" + to_string(address);
}

}  // namespace

CommandFailure usage_failure(std::string text) {
    return CommandFailure{app::kExitUsage, std::move(text)};
}

ApiPlace find_api_place(const CandidatesArguments& arguments) {
    const config::Config config = read_config_of(arguments.config_file);
    if (arguments.api_url.empty() && !config.api.address) {
        throw usage_failure("the API of this config is off; give its address with --api URL");
    }
    const auto url = http::Url::parse(arguments.api_url.empty() ? url_of(*config.api.address)
                                                                : arguments.api_url);
    if (!url) {
        throw usage_failure("--api: " + url.error().detail + "; give http://HOST:PORT");
    }
    ApiPlace place{http::Endpoint{*url, {}, {}}, arguments.token_file};
    if (place.token_path.empty()) {
        place.token_path = app::token_path_of(config);
    }
    if (place.token_path.empty()) {
        throw usage_failure(
            "no token: give headmon's config with --config FILE, or its token file with "
            "--api-token-file FILE; a headmon with neither state_dir nor token_file has none, and "
            "takes no changes");
    }
    const auto token = app::read_token_file(place.token_path);
    if (!token) {
        throw usage_failure("token file " + token.error().detail);
    }
    place.endpoint.headers.push_back({"Authorization", "Bearer " + token->secret_text()});
    return place;
}

}  // namespace cli
