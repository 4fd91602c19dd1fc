#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/config.hpp"
#include "config/settings.hpp"
#include "files/bounded_file.hpp"
#include "files/toml.hpp"

namespace config {

/// Reads the TOML text of a config file, which is checked whole; `path` stands for it in errors,
/// and relative files in it start at its directory. Touches no file but those that it names.
/// Fails with kBadValue; the detail is `FILE:LINE: problem; what to do` and repeats no value.
[[nodiscard]] base::Result<Settings> parse_settings(std::string_view toml, const std::string& path,
                                                    const Environment& environment);
/// The same from the file, of one of the `kinds`; at most 1 MiB.
[[nodiscard]] base::Result<Settings> load_settings(
    const std::string& path, const Environment& environment,
    files::FileKinds kinds = files::FileKinds::kStreamsToo);

/// One `[[node]]` by the same rules, wherever its table comes from. Throws files::LineProblem.
[[nodiscard]] NodeSpec read_node(const files::TomlTable& table, const Environment& environment);

}  // namespace config
