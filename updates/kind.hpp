#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "updates/update.hpp"

namespace updates {

/// The kinds of updates, in the order of the alternatives of Fact. One name for each serves JSON,
/// the `event:` of SSE, columns and subjects alike: docs/updates.md.
enum class Kind : std::uint8_t {
    kRunStarted,
    kStreamOpened,
    kStreamEnded,
    kNodeHead,
    kBestHead,
    kReorg,
    kFinalized,
    kNodeStatus,
    kSlotVerdict,
    kHeadSplit,
    kNodeBehind,
    kClockSkew,
    kStreamBuffered,
    kSlotTime,
    kCycleFailed,
    kRunEnded,
    kServiceEnded,
    kServiceHealth,
    kHeadProven,
    kNodeBlock,
    kNodeReorg,
    kNodeEvent,
};

inline constexpr std::size_t kKindCount = std::variant_size_v<Fact>;

/// Every kind, in the order of the enumerators.
inline constexpr std::array<Kind, kKindCount> kAllKinds = [] {
    std::array<Kind, kKindCount> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = static_cast<Kind>(i);
    }
    return all;
}();

[[nodiscard]] constexpr Kind kind_of(const Fact& fact) {
    return static_cast<Kind>(fact.index());
}

/// "run_started", "stream_opened", …: lower-case words with '_'.
[[nodiscard]] std::string_view to_string(Kind kind);

/// The kind of that name, or nothing.
[[nodiscard]] std::optional<Kind> find_kind(std::string_view name);

/// The one node that a fact is about; nothing for a fact about several or none.
[[nodiscard]] std::optional<NodeId> node_of(const Fact& fact);

}  // namespace updates
