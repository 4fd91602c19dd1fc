#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "chain/root.hpp"
#include "chain/spec.hpp"
#include "updates/client_family.hpp"

namespace monitor {

/// When a stream counts as dead. Made by `liveness_limits`.
struct LivenessLimits {
    /// Without a byte for longer, a stream is silent.
    base::Duration silent_after{};
    /// The node sends no keep-alives, so its REST answers count as bytes.
    bool rest_counts = false;
    /// Slots in which the node's own REST head moved and the stream gave none: stalled.
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
/// What ends a stream counts from the later of its opening and its last byte or head. What is told
/// of the node, `is_silent` and `is_stalled`, stays until a byte or a head comes, whatever is
/// reopened meanwhile.
class Liveness {
  public:
    enum class Finding : std::uint8_t { kAlive, kSilent, kStalled };

    /// The limits in force from now on: they change when the version or the slot duration is
    /// learned.
    void set_limits(const LivenessLimits& limits) { limits_ = limits; }

    /// A stream is being opened.
    void opening(base::MonoTime now);
    /// The stream is over.
    void ended();
    /// Bytes came, comments too.
    void bytes(base::MonoTime at);
    /// A head came.
    void head(const chain::Root& root, base::MonoTime at);
    /// The node answered a REST request.
    void rest_answered(base::MonoTime at) { last_rest_ = at; }
    /// The head that the node has by REST. Ask once a slot.
    void rest_head(const chain::Root& root, base::MonoTime at);
    /// The chain has not begun: nothing is expected, and what is counted starts over.
    void before_genesis(base::MonoTime now);

    /// Whether to end the stream that is open or being opened; kAlive while there is none.
    [[nodiscard]] Finding check(base::MonoTime now);

    [[nodiscard]] bool is_silent() const { return silent_; }
    [[nodiscard]] bool is_stalled() const { return stalled_; }

  private:
    LivenessLimits limits_ = liveness_limits(std::nullopt, chain::kDefaultSlotDuration);
    bool streaming_ = false;
    base::MonoTime counted_from_;
    std::optional<base::MonoTime> last_byte_;
    std::optional<base::MonoTime> last_head_;
    std::optional<base::MonoTime> last_rest_;
    /// The head that the stream gave last.
    std::optional<chain::Root> streamed_;
    /// The last REST head during this stream; the first one is where the count starts.
    std::optional<chain::Root> rest_head_;
    /// Answers in which it had moved, since the stream gave a head.
    std::uint32_t moves_ = 0;
    bool silent_ = false;
    bool stalled_ = false;
};

}  // namespace monitor
