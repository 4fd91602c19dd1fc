#include "cli/config_reading.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "cli/api_place.hpp"
#include "config/config_file.hpp"

namespace cli {
namespace {

/// Where a client reaches what listens on `address`.
std::string url_of(config::ListenAddress address) {
    if (address.host.is_unspecified()) {
        address.host = address.host.is_v6()
                           ? boost::asio::ip::address{boost::asio::ip::address_v6::loopback()}
                           : boost::asio::ip::address{boost::asio::ip::address_v4::loopback()};
    }
    return "http://" + to_string(address);
}

base::Result<config::Config> read(const std::string& path, bool wants_nodes,
                                  const config::Environment& environment) {
    config::Settings settings;
    if (wants_nodes) {
        settings.config_file = path;
        return config::make_config(settings, environment);
    }
    if (!path.empty()) {
        auto loaded = config::load_settings(path, environment);
        if (!loaded) {
            return loaded.error();
        }
        settings = std::move(*loaded);
    }
    return config::build_config(std::move(settings), environment);
}

}  // namespace

FileConfig read_config_file(const std::string& path, bool wants_nodes) {
    const auto outside = std::make_shared<std::size_t>(0);
    const config::Environment environment{
        [outside](const std::string& name) -> std::optional<std::string> {
            if (name == "STATE_DIRECTORY") {
                return config::process_environment(name);
            }
            ++*outside;
            return "-";
        },
        [outside](const std::string&) -> base::Result<std::string> {
            ++*outside;
            return std::string{"-"};
        }};
    auto config = read(path, wants_nodes, environment);
    if (!config) {
        throw usage_failure(config.error().detail);
    }
    return FileConfig{std::move(*config), *outside};
}

http::Url find_api_url(const config::Config& config, const std::string& api_url) {
    if (api_url.empty() && !config.api.address) {
        throw usage_failure("the API of this config is off; give its address with --api URL");
    }
    auto url = http::Url::parse(api_url.empty() ? url_of(*config.api.address) : api_url);
    if (!url) {
        throw usage_failure("--api: " + url.error().detail + "; give http://HOST:PORT");
    }
    return std::move(*url);
}

}  // namespace cli
