#pragma once

#include <string_view>

namespace updates {

// What an operator can do about what no single node is to blame for; one sentence each, without a
// full stop. Advice about a node belongs to its issues: updates/node_health.hpp.

inline constexpr std::string_view kClockAdvice =
    "see the output of timedatectl; chrony or systemd-timesyncd has to run and to reach its "
    "servers";

inline constexpr std::string_view kSplitAdvice =
    "see which branch other sources follow; the nodes of the other one give validators wrong heads";

}  // namespace updates
