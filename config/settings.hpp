#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "config/node_names.hpp"
#include "config/supervision.hpp"

namespace config {

/// A setting's value, checked: text, or a whole number.
using Value = std::variant<std::string, std::uint64_t>;

struct Given {
    Value value;
    /// For errors: "headmon.toml:12", "--network".
    std::string where;
};

/// What the operator has set, in a config file or on the command line; absent where not given.
struct Settings {
    /// Of the command line: the file to read, or empty.
    std::string config_file;
    std::vector<NodeSpec> nodes;
    /// By their keys in `settings_table()`.
    std::map<std::string, Given, std::less<>> values;
    Supervision supervision;
    /// Of what the operator wrote: a file's whole content, or the command line's nodes.
    std::string content_mark{};
};

}  // namespace config
