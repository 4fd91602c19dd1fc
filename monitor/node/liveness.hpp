#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"
#include "updates/client_family.hpp"

namespace monitor {

/// When a stream counts as dead. Made by `liveness_limits`.
struct LivenessLimits {
    /// Without a byte for longer, a stream is silent.
    base::Duration silent_after{};
    /// The node sends no keep-alives, so its REST answers count as bytes.
    bool rest_counts = false;
    /// Slots in which the node's own REST head moved and the stream gave nothing new: stalled.
    std::uint32_t stalled_slots = 2;
    /// A stall takes at least this long.
    base::Duration stalled_floor{};

    friend bool operator==(const LivenessLimits&, const LivenessLimits&) = default;
};

/// What the config says of one node; absent members take the family's limits.
struct LivenessOverride {
    std::optional<base::Duration> silent_after;
    std::optional<std::uint32_t> stalled_slots;

    friend bool operator==(const LivenessOverride&, const LivenessOverride&) = default;
};

/// No limit is shorter, however short the slots are.
inline constexpr base::Duration kSilentFloor = std::chrono::seconds{3};
inline constexpr base::Duration kStalledFloor = std::chrono::seconds{1};

/// Three keep-alive periods of the client; where it has none or is not known, three slots with
/// neither byte nor REST answer. Stalled after two slots.
[[nodiscard]] LivenessLimits liveness_limits(const std::optional<updates::ClientHabits>& habits,
                                             base::Duration slot_duration,
                                             const LivenessOverride& node = {});

/// Whether one node's stream still lives. Knows the node for as long as it is a candidate; streams
/// come and go. Pure.
///
/// What ends a stream counts from the later of its opening and its last byte or new head. What is
/// published of the node, `is_silent` and `is_stalled`, stays until a byte or a new head comes,
/// whatever is reopened meanwhile; and it is stalled too when no single stream lived long enough to
/// be ended for it, but none of those of so many slots gave a new head. A head is new when the
/// node's streams have not given it before: one that is repeated proves nothing.
class Liveness {
  public:
    enum class Finding : std::uint8_t { kAlive, kSilent, kStalled };

    /// So many of the last heads are remembered: an epoch of mainnet.
    static constexpr std::size_t kHeadsMax = 32;

    /// The limits in force from now on: they change when the version or the slot duration is
    /// learned.
    void set_limits(const LivenessLimits& limits) { limits_ = limits; }

    /// A stream is being opened.
    void opening(base::MonoTime now);
    /// The node has begun to answer with a stream.
    void accepted();
    /// The stream is over.
    void ended();
    /// Bytes came, comments too.
    void bytes(base::MonoTime at);
    /// A head came.
    void head(const chain::Root& root, base::MonoTime at);
    /// The node answered a REST request.
    void rest_answered(base::MonoTime at) { last_rest_ = at; }
    /// The head that the node has by REST.
    void rest_head(const chain::Root& root, chain::Slot slot, base::MonoTime at);
    /// The chain has not begun: nothing is expected, and what is counted starts over.
    void before_genesis(base::MonoTime now);

    /// Once a slot: whether to end the stream that is open or being opened; kAlive while there is
    /// none. Unless `is_to_blame`, a stall is the stream's alone: something else was requested
    /// than what the node has delivered.
    [[nodiscard]] Finding check(base::MonoTime now, bool is_to_blame = true);

    /// What a finding rests on: for how long nothing came, and which head the node has by REST.
    [[nodiscard]] std::string describe(Finding finding, base::MonoTime now) const;

    [[nodiscard]] bool is_silent() const { return silent_; }
    [[nodiscard]] bool is_stalled() const { return stalled_; }

  private:
    struct RestHead {
        chain::Root root;
        chain::Slot slot;
    };

    [[nodiscard]] bool is_known(const chain::Root& root) const;
    /// Since when nothing is heard.
    [[nodiscard]] base::MonoTime sign_of_life() const;
    /// Since when nothing new came.
    [[nodiscard]] base::MonoTime last_news() const;

    LivenessLimits limits_ = liveness_limits(std::nullopt, chain::kDefaultSlotDuration);
    bool streaming_ = false;
    /// A stream was open at some time since the last check.
    bool was_open_ = false;
    bool is_open_ = false;
    base::MonoTime counted_from_;
    std::optional<base::MonoTime> last_byte_;
    std::optional<base::MonoTime> last_new_head_;
    std::optional<base::MonoTime> last_rest_;
    /// The last heads that the streams gave, the oldest at `next_` once it is full.
    std::array<std::optional<chain::Root>, kHeadsMax> streamed_;
    std::size_t next_ = 0;
    /// Slots in which the REST head moved to one that no stream has given.
    struct MovedSlots {
        /// It has since the last check.
        bool has_moved = false;
        std::uint32_t count = 0;
    };
    std::optional<RestHead> rest_head_;
    /// During this stream; its first REST head is where the count starts.
    MovedSlots of_stream_;
    bool has_start_ = false;
    /// Since a stream gave a new head, in slots in which one was open.
    MovedSlots of_node_;
    bool silent_ = false;
    bool stalled_ = false;
};

}  // namespace monitor
