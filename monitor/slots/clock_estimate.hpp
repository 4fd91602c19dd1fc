#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "chain/slot_clock.hpp"
#include "monitor/candidate.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// One estimate of how far our wall clock is off, from three sources: the `Date` of the nodes' HTTP
/// answers, heads that came before their slot's start, and the kernel's word, which is told beside
/// it. Each node's words narrow an interval in which our offset against its clock must lie; the
/// estimate is the middle of the nodes. Pure.
class ClockEstimate {
  public:
    /// What a node said is forgotten after so many slots: clocks drift.
    static constexpr int kMemorySlots = 64;
    /// An HTTP date has whole seconds, so nothing finer is doubted.
    static constexpr base::Duration kOffFloor = std::chrono::seconds{1};
    /// A clock off by more than a slot over this spoils delays.
    static constexpr int kOffParts = 12;

    void set_slot_duration(base::Duration slot) { slot_ = slot; }
    void set_kernel(std::optional<base::KernelClock> kernel) { kernel_ = kernel; }
    /// The list changed: other nodes say nothing any more.
    void set_candidates(const std::vector<updates::NodeId>& candidates);
    /// Our wall clock was stepped: what was compared with it is void.
    void wall_stepped() { nodes_.clear(); }

    /// A node's answer has a `Date`, in whole seconds; the question went out at `sent`, the
    /// answer's head was read at `received`.
    void http_date(updates::NodeId candidate, base::WallTime date, base::MonoTime sent,
                   base::Instant received);
    /// A live head by stream, `delay` into its slot. Says something when that is more than half a
    /// second before the slot's start: no node takes a block so early by its own clock.
    void head(updates::NodeId candidate, base::Duration delay, base::Instant at);

    /// The estimate, when it matters and the level is another than was told last: once when doubt
    /// begins, changes its level, or ends.
    [[nodiscard]] std::optional<updates::ClockSkew> check(base::MonoTime now);

    /// Whether this node has said anything that still counts.
    [[nodiscard]] bool has_word(updates::NodeId candidate) const {
        return nodes_.contains(candidate);
    }

    /// The level that was told last.
    [[nodiscard]] updates::ClockSkew::Level told() const { return told_; }

    /// The estimate as it stands; nothing while no node has said anything.
    [[nodiscard]] std::optional<updates::ClockSkew> current() const;

  private:
    /// Our clock minus the node's lies between these.
    struct Interval {
        std::optional<base::Duration> low;
        std::optional<base::Duration> high;
        base::MonoTime at;
    };

    void narrow(updates::NodeId candidate, const Interval& said);
    [[nodiscard]] updates::ClockSkew::Level level() const;

    base::Duration slot_ = std::chrono::seconds{12};
    std::optional<base::KernelClock> kernel_;
    updates::NodeMap<Interval> nodes_;
    updates::ClockSkew::Level told_ = updates::ClockSkew::Level::kNone;
};

}  // namespace monitor
