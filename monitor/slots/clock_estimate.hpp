#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot_clock.hpp"
#include "chain/spec.hpp"
#include "monitor/candidate.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// One estimate of how far our wall clock is off, from the `Date` of the nodes' HTTP answers and
/// from heads that came before their slot's start; the kernel's synchronisation state is published
/// with it. Each sample of a node narrows an interval in which our offset against its clock must
/// lie; the estimate is the median of the nodes. Pure.
class ClockEstimate {
  public:
    /// A node's samples are forgotten after so many slots: clocks drift.
    static constexpr int kMemorySlots = 64;
    /// An HTTP date has whole seconds, so nothing finer can be proven.
    static constexpr base::Duration kOffFloor = std::chrono::seconds{1};
    /// A clock off by more than a slot over this spoils delays.
    static constexpr int kOffParts = 12;

    void set_slot_duration(base::Duration slot) { slot_ = slot; }
    void set_kernel(std::optional<base::KernelClock> kernel) { kernel_ = kernel; }
    /// The list changed: samples of other nodes are forgotten.
    void set_candidates(const std::vector<updates::NodeId>& candidates);
    /// Our wall clock was stepped: what was compared with it is void.
    void wall_stepped() { nodes_.clear(); }

    /// A node's answer has a `Date`, in whole seconds; the request went out at `sent`, the
    /// answer's head was read at `received`.
    void http_date(updates::NodeId id, base::WallTime date, base::MonoTime sent,
                   base::Instant received);
    /// A live head by stream, `delay` into its slot. A sample when that is earlier before the
    /// slot's start than MAXIMUM_GOSSIP_CLOCK_DISPARITY: no node accepts a block so early by its
    /// own clock.
    /// https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/p2p-interface.md#configuration
    void head(updates::NodeId id, base::Duration delay, base::Instant at);

    /// The skew, when its level is another than was published last.
    [[nodiscard]] std::optional<updates::ClockSkew> check(base::MonoTime now);
    /// The same once a slot: also without a change of the level, while there is an estimate or the
    /// kernel's state is known.
    [[nodiscard]] std::optional<updates::ClockSkew> on_tick(base::MonoTime now);

    /// Whether this node has given a sample that still counts.
    [[nodiscard]] bool has_sample(updates::NodeId id) const { return nodes_.contains(id); }

    /// The level that was published last.
    [[nodiscard]] updates::ClockSkew::Level last_published() const { return last_published_; }

    /// The estimate now; nothing while no node has given a sample.
    [[nodiscard]] std::optional<updates::ClockSkew> current() const;

  private:
    /// Our clock minus the node's lies between these.
    struct Interval {
        std::optional<base::Duration> low;
        std::optional<base::Duration> high;
        base::MonoTime at;
    };

    void narrow(updates::NodeId id, const Interval& sample);
    [[nodiscard]] updates::ClockSkew::Level level() const;
    [[nodiscard]] updates::ClockSkew with_kernel(updates::ClockSkew skew) const;

    base::Duration slot_ = chain::kDefaultSlotDuration;
    std::optional<base::KernelClock> kernel_;
    updates::NodeMap<Interval> nodes_;
    updates::ClockSkew::Level last_published_ = updates::ClockSkew::Level::kNone;
};

}  // namespace monitor
