#pragma once

#include <string>
#include <string_view>

#include "api/node_board.hpp"
#include "base/clock.hpp"

namespace api {

/// The longest name that an agent check may send, its line end included.
inline constexpr std::size_t kAgentLineBytesMax = 128;

/// The answer to an agent check of HAProxy for the node of this name, with its line end: `up 100%`
/// for the best node, `up 1%` for a good one that stands by, `drain #why` for one that is degraded
/// or whose head is old, `down #why` for one that is unusable or unknown.
/// Empty, which is no answer, while no run watches the nodes (NodeBoard::is_stopped).
/// https://docs.haproxy.org/2.6/configuration.html#5.2-agent-check
[[nodiscard]] std::string agent_answer(const NodeBoard& board, std::string_view name,
                                       base::MonoTime now);

}  // namespace api
