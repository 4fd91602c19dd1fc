#pragma once

#include <algorithm>
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

/// One estimate of how far our wall clock is off, from the `Date` of the nodes' HTTP answers, from
/// heads that came before their slot's start, and from the kernel. Each sample of a node narrows an
/// interval in which our offset against its clock must lie; the estimate is the median of the
/// nodes. Pure.
///
/// Evidence has ranks: heads, which depend on the chain's slot time and on the node's own honesty;
/// dates; the kernel's word that something keeps the clock right. The strongest that says anything
/// decides; what began by it never ends by a weaker one, nor because nothing is known any more.
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
    /// Another node answers to this name.
    void forget(updates::NodeId id);
    /// Our wall clock was stepped: what was compared with it is void.
    void wall_stepped();

    /// A node's answer has a `Date`, in whole seconds; the request went out at `sent`, the
    /// answer's head was read at `received`.
    void http_date(updates::NodeId id, base::WallTime date, base::MonoTime sent,
                   base::Instant received);
    /// A live head by stream, `delay` into its slot. Our clock is behind when that is earlier
    /// before the slot's start than MAXIMUM_GOSSIP_CLOCK_DISPARITY: no node accepts a block so
    /// early by its own clock. The node's last head counts.
    /// https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/p2p-interface.md#configuration
    void head(updates::NodeId id, base::Duration delay, base::Instant at);

    /// The skew, when its level is another than was published last.
    [[nodiscard]] std::optional<updates::ClockSkew> check(base::MonoTime now);
    /// The same once a slot: also without a change of the level, while there is an estimate, the
    /// kernel's state is known or the clock is off.
    [[nodiscard]] std::optional<updates::ClockSkew> on_tick(base::MonoTime now);

    /// Whether this node has given a sample that still counts.
    [[nodiscard]] bool has_sample(updates::NodeId id) const {
        return dates_.contains(id) || heads_.contains(id);
    }

    /// Whether the nodes' own clocks are off, by their dates against evidence that ours is right.
    /// Without such evidence nobody is in it, and never a node without a date.
    [[nodiscard]] updates::NodeMap<bool> judge_nodes() const;

    /// The level that was published last.
    [[nodiscard]] updates::ClockSkew::Level last_published() const { return last_published_; }

    /// The estimate now, by all evidence that there is; nothing while no node has shown an offset.
    [[nodiscard]] std::optional<updates::ClockSkew> current() const;

  private:
    /// Our clock minus the node's lies between these.
    struct Interval {
        base::Duration low;
        base::Duration high;
        base::MonoTime at;
    };
    /// A node's last head: our clock is behind the node's by this much at least, or nothing of the
    /// kind.
    struct HeadSample {
        std::optional<base::Duration> behind;
        base::MonoTime at;
    };
    enum class Rank : std::uint8_t { kHeads, kDates, kKernel };
    struct Finding {
        updates::ClockSkew::Level level;
        Rank rank;
    };

    /// What the strongest evidence says; nothing where none says anything.
    [[nodiscard]] std::optional<Finding> find() const;
    [[nodiscard]] std::optional<Finding> find_by_dates() const;
    /// From where on a clock is off by enough to matter.
    [[nodiscard]] base::Duration off_limit() const {
        return std::max<base::Duration>(slot_ / kOffParts, kOffFloor);
    }
    [[nodiscard]] std::optional<Finding> find_by_heads() const;
    /// The estimate, with the level that was published last.
    [[nodiscard]] updates::ClockSkew published() const;
    void forget_old(base::MonoTime now);

    base::Duration slot_ = chain::kDefaultSlotDuration;
    std::optional<base::KernelClock> kernel_;
    updates::NodeMap<Interval> dates_;
    updates::NodeMap<HeadSample> heads_;
    updates::ClockSkew::Level last_published_ = updates::ClockSkew::Level::kNone;
    /// Of the evidence that the clock is off; meaningful while it is.
    Rank rank_ = Rank::kHeads;
};

}  // namespace monitor
