#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace haproxy {

/// `text` as one word of a configuration file, whatever is in it but line ends and NUL, which
/// `is_quotable` finds.
/// https://docs.haproxy.org/2.6/configuration.html#2.2
[[nodiscard]] std::string quote(std::string_view text);
/// Whether `quote` can carry it: no control bytes.
[[nodiscard]] bool is_quotable(std::string_view text);

/// Whether HAProxy takes it for a host name that it may resolve: letters, digits, `.`, `-`, `_`.
[[nodiscard]] bool is_host_name(std::string_view text);

/// A name that HAProxy takes for a server, for each of these names of nodes, in their order and all
/// different: the name itself where HAProxy takes it, else with `_` for what it does not take and
/// the node's place, from 1, behind it.
/// https://docs.haproxy.org/2.6/configuration.html#4
[[nodiscard]] std::vector<std::string> server_names(const std::vector<std::string>& nodes);

}  // namespace haproxy
