#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

#include "monitor/update.hpp"

namespace metrics {

/// What can be wrong with a node, each on its own.
enum class Problem : std::uint8_t {
    /// No stream, not even one that waits for the node's first byte.
    kNoStream,
    /// No byte for longer than its client keeps quiet.
    kSilent,
    /// Its head moves by REST and its stream gives none.
    kStalled,
    /// On another chain.
    kWrongNetwork,
    /// Has not said yet which chain it is on: its heads wait.
    kUncheckedNetwork,
    kSyncing,
    /// Its execution client is offline.
    kElOffline,
    /// It has not verified the execution payloads of its head.
    kOptimistic,
    /// On an ancestor of another node's head.
    kBehind,
    /// Something in between holds its events back.
    kBuffered,
    /// Its REST API does not answer.
    kRestDown,
};

inline constexpr std::array kProblems{
    Problem::kNoStream,         Problem::kSilent,   Problem::kStalled,   Problem::kWrongNetwork,
    Problem::kUncheckedNetwork, Problem::kSyncing,  Problem::kElOffline, Problem::kOptimistic,
    Problem::kBehind,           Problem::kBuffered, Problem::kRestDown};

[[nodiscard]] std::string_view to_string(Problem problem);

/// A bit for each problem, by its enumerator.
using Problems = std::bitset<kProblems.size()>;

enum class NodeHealth : std::uint8_t {
    kGood = 0,
    /// Its heads count, and something wants attention: it is behind, buffered or optimistic, or its
    /// REST API is down.
    kDegraded = 1,
    /// A validator should not rely on it: any other problem.
    kUnusable = 2,
};

[[nodiscard]] Problems find_problems(const monitor::NodeStatus& status);
[[nodiscard]] NodeHealth judge(Problems problems);

}  // namespace metrics
