#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/settings_table.hpp"
#include "fleet/options.hpp"

namespace config {

/// The rows of the table `[fleet]`.
[[nodiscard]] std::vector<Setting> fleet_settings();

/// A server of NATS: `nats://HOST:PORT` or `tls://HOST:PORT`, with userinfo or without.
[[nodiscard]] bool is_nats_url(std::string_view text);
/// 1 to 64 printable characters of ASCII, without blanks.
[[nodiscard]] bool is_instance_name(std::string_view text);

/// The name of this machine, where it can be the name of an instance; else empty.
[[nodiscard]] std::string default_instance();

/// The table `[fleet]` of a config file, with or without nodes: for who reads the fleet. Fails with
/// kBadValue; the detail is one line for people.
[[nodiscard]] base::Result<fleet::Options> read_fleet_options(const std::string& config_file,
                                                              const Environment& environment);

}  // namespace config
