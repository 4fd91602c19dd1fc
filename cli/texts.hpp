#pragma once

#include <string_view>

// Files of this tree as texts of the program, put there by the build.
namespace cli::texts {

/// config/headmon.example.toml
extern const std::string_view kExampleConfig;

}  // namespace cli::texts
