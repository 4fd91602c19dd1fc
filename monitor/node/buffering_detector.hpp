#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"

namespace monitor {

/// Whether something between one node and us holds its events back. Looks at what comes in one read
/// of the socket: a node sends each head as it happens, so several slots in one read, heads that
/// come only when a keep-alive pushes them out, or heads that the node has long shown by REST, have
/// waited somewhere. One for each node. Pure.
///
/// Heads of a node that says that it syncs are not to be reported here: a node that imports many
/// blocks sends them at once by itself. Nor are reads after our own loop was held up: then they
/// waited here.
class BufferingDetector {
  public:
    struct Head {
        chain::Slot slot;
        chain::Root root;
        /// Of the clock's slot or the one before.
        bool is_recent = true;
    };

    /// Slots that have waited, summed over reads, after which the stream counts as buffered.
    static constexpr std::uint32_t kHeldMax = 2;
    /// Reads in a row with a head and a keep-alive, after which the stream counts as buffered.
    static constexpr std::uint32_t kInStepMax = 3;
    /// Heads in a row that came alone and end it.
    static constexpr std::uint32_t kAloneMax = 8;
    /// A head that the node showed by REST a slot over this earlier has waited.
    static constexpr int kShownParts = 3;

    void set_slot_duration(base::Duration slot) { slot_ = slot; }

    /// The node has this head by REST.
    void rest_head(const chain::Root& root, base::MonoTime at);

    /// One read with at least one head: its heads, in order, and whether a comment was among the
    /// bytes. Answers the new state when it changed.
    [[nodiscard]] std::optional<bool> read(const std::vector<Head>& heads, bool had_comment,
                                           base::MonoTime at);

    /// A new stream: what was counted of the last one is void; the state is kept.
    void opening();

    [[nodiscard]] bool is_buffered() const { return is_buffered_; }

  private:
    struct Shown {
        chain::Root root;
        base::MonoTime at;
    };

    [[nodiscard]] bool was_shown(const Head& head, base::MonoTime at) const;
    /// How many slots of a read have waited, as far as that is known.
    [[nodiscard]] std::uint32_t count_held(const std::vector<Head>& heads, base::MonoTime at) const;

    base::Duration slot_ = chain::kDefaultSlotDuration;
    /// The last heads by REST, the oldest at `next_shown_` once it is full.
    std::array<std::optional<Shown>, 8> shown_;
    std::size_t next_shown_ = 0;
    std::uint32_t held_ = 0;
    std::uint32_t in_step_ = 0;
    std::uint32_t alone_ = 0;
    bool is_buffered_ = false;
};

}  // namespace monitor
