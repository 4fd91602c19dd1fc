#pragma once

#include <string>
#include <string_view>

#include "api/node_board.hpp"
#include "base/clock.hpp"

namespace api {

/// The longest name that an agent check may send, its line end included.
inline constexpr std::size_t kAgentLineBytesMax = 128;

/// The answer to an agent check of HAProxy for the node of this name, with its line end:
/// `ready up 100%` for the best node, `ready up 1%` for a good one that stands by, `drain #why` for
/// one that is degraded or whose head is old, `down #why` for one that is unusable or unknown. Only
/// `ready` ends a `drain`.
/// Empty, which is no answer, while no run watches the nodes (NodeBoard::is_stopped) and, of nodes
/// that are not unusable, before the first head.
/// https://docs.haproxy.org/2.6/configuration.html#5.2-agent-check
[[nodiscard]] std::string agent_answer(const NodeBoard& board, std::string_view name,
                                       base::MonoTime now);

}  // namespace api
