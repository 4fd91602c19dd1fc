#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "chain/slot.hpp"

namespace monitor {

/// Whether something between one node and us holds its events back. Looks at what comes in one read
/// of the socket: a node sends each head as it happens, so several live slots in one read, or heads
/// that come only when a keep-alive pushes them out, have waited somewhere. One for each node.
/// Pure.
///
/// Heads of a node that catches up are not to be reported here: a node that imports many blocks
/// sends them at once by itself. Nor are reads after our own loop was held up: then they waited
/// here.
class BufferingDetector {
  public:
    /// Slots beyond the first in one read, summed over reads, after which the stream counts as
    /// buffered.
    static constexpr std::uint32_t kBatchedMax = 2;
    /// Reads in a row with a head and a keep-alive, after which the stream counts as buffered.
    static constexpr std::uint32_t kInStepMax = 3;
    /// Heads in a row that came alone and end it.
    static constexpr std::uint32_t kAloneMax = 8;

    /// One read with at least one live head: their slots, in order, and whether a comment was among
    /// the bytes. Answers the new state when it changed.
    [[nodiscard]] std::optional<bool> read(const std::vector<chain::Slot>& live_heads,
                                           bool had_comment);

    /// A new stream: what was counted of the last one is void; the state is kept.
    void opening();

    [[nodiscard]] bool is_buffered() const { return is_buffered_; }

  private:
    std::uint32_t batched_ = 0;
    std::uint32_t in_step_ = 0;
    std::uint32_t alone_ = 0;
    bool is_buffered_ = false;
};

}  // namespace monitor
