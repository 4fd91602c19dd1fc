#pragma once

#include <cstddef>
#include <string>

#include "config/config.hpp"
#include "http/url.hpp"

namespace cli {

/// A config as far as its file says it.
struct FileConfig {
    config::Config config;
    /// Variables and credentials that it names, whose values were not looked at.
    std::size_t values_from_outside = 0;
};

/// The config of this file, read as `headmon run` reads it, but for variables and credentials:
/// headmon has them where it runs, and whoever asks for its config here need not. Without a file,
/// what headmon does by default; `wants_nodes`: a file without any is none that it can run with.
/// Throws CommandFailure.
[[nodiscard]] FileConfig read_config_file(const std::string& path, bool wants_nodes);

/// Where the API of this config is, unless `api_url` names another place. Throws CommandFailure.
[[nodiscard]] http::Url find_api_url(const config::Config& config, const std::string& api_url);

}  // namespace cli
