#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "app/service_tree.hpp"
#include "base/text.hpp"
#include "chain/slot_clock.hpp"
#include "config/config.hpp"
#include "config/config_file.hpp"
#include "config/node_options.hpp"
#include "config/settings_table.hpp"
#include "tests/support/loop.hpp"

namespace tests {

using config::Settings;

inline std::optional<std::string> no_environment(const std::string&) {
    return std::nullopt;
}

/// What is wrong with a config file of this text; "" when nothing is.
inline std::string problem_of(std::string_view toml) {
    const auto settings = config::parse_settings(toml, "headmon.toml", no_environment);
    return settings ? "" : settings.error().detail;
}

/// What is wrong with this command line; "" when nothing is.
inline std::string problem_of(const Settings& command_line) {
    const auto config = config::make_config(command_line, no_environment);
    return config ? "" : config.error().detail;
}

/// A command line with these nodes.
inline Settings nodes(const std::vector<std::string>& beacon_node) {
    Settings settings;
    settings.nodes = config::parse_nodes(beacon_node, "").value();
    return settings;
}

/// What is wrong with these nodes of a command line; "" when nothing is.
inline std::string node_problem(const std::vector<std::string>& beacon_node,
                                std::string_view beacon_nodes = "") {
    auto parsed = config::parse_nodes(beacon_node, beacon_nodes);
    if (!parsed) {
        return parsed.error().detail;
    }
    Settings settings;
    settings.nodes = std::move(*parsed);
    return problem_of(settings);
}

/// Sets `key` on the command line. What is wrong with it; "" when nothing is.
inline std::string set(Settings& settings, std::string_view key, const std::string& text) {
    const auto added = config::add_option(settings, config::find_setting(key), text);
    return added ? "" : added.error().detail;
}

/// The config of a file with this text, which is a good one, and one node.
inline config::Config config_of(const std::string& toml) {
    auto settings = config::parse_settings(toml + "\n[[node]]\nurl = \"http://a\"\n",
                                           "headmon.toml", no_environment);
    REQUIRE(settings.has_value());
    auto config = config::build_config(std::move(*settings), no_environment);
    REQUIRE(config.has_value());
    return std::move(*config);
}

}  // namespace tests
