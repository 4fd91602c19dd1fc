#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "chain/slot.hpp"
#include "chain/slot_clock.hpp"
#include "chain/spec.hpp"
#include "monitor/network_guard.hpp"
#include "monitor/slots/clock_estimate.hpp"
#include "updates/node_id.hpp"
#include "updates/node_map.hpp"
#include "updates/update.hpp"

namespace monitor {

/// What the nodes agree on of the chain that is followed: which one it is and who is on it, its
/// slot time and spec, and how far our clock is off against it. Outlives runs. Pure.
class ChainView {
  public:
    ChainView() = default;
    /// The network is configured.
    explicit ChainView(const ConfiguredNetwork& network) : guard_{network} {}

    /// The list of a run; the heads of those in `exempt` count without a check. What is known of
    /// the others is forgotten.
    [[nodiscard]] NetworkGuard::Change set_candidates(
        const std::vector<updates::NodeId>& nodes, const std::vector<updates::NodeId>& exempt = {});
    /// Another node answers to this name; before `set_candidates`.
    void forget(updates::NodeId node);

    // The network.

    [[nodiscard]] updates::NetworkCheck network_check(updates::NodeId node) const {
        return guard_.network_check(node);
    }
    [[nodiscard]] bool counts(updates::NodeId node) const { return guard_.counts(node); }
    /// "hoodi"; empty until the node has answered.
    [[nodiscard]] std::string reported_network(updates::NodeId node) const;
    /// Whether to request the node's identity now: also while its spec is not known.
    [[nodiscard]] bool is_check_due(updates::NodeId node) const {
        return guard_.is_check_due(node) || without_spec_.contains(node);
    }
    /// The first answers are waited for.
    [[nodiscard]] bool is_waiting() const { return guard_.is_waiting(); }
    [[nodiscard]] NetworkGuard::Change end_wait();
    void stream_opening(updates::NodeId node) { guard_.opened(node); }
    /// A head that was held back is retracted with the stream.
    void stream_ended(updates::NodeId node) { guard_.ended(node); }
    /// Keeps a head back until its node is checked.
    void hold(updates::NodeId node, const HeldHead& head) { guard_.hold(node, head); }
    [[nodiscard]] NetworkGuard::Change identity_answered(updates::NodeId node,
                                                         const ChainIdentity& identity);

    // The spec.

    /// A node gave its genesis, and its spec or the reason why not. An answer is kept until the
    /// next.
    void spec_answered(updates::NodeId node, const base::Result<chain::Spec>& spec);
    /// Votes among the nodes on our chain. Returns the spec when it is another than before.
    [[nodiscard]] std::optional<chain::Spec> vote_spec();
    /// The epoch by `now`'s clock, and that of the Gloas fork; nothing while one of them is not
    /// known.
    struct ForkDistance {
        chain::Epoch now;
        chain::Epoch gloas_fork;
    };
    [[nodiscard]] std::optional<ForkDistance> find_fork(base::WallTime now) const;

    // Slot time.

    /// Of the chain that the nodes agree on, with the first node on it; one is agreed on.
    [[nodiscard]] updates::SlotTime agreed_slot_time() const;
    /// False when the chain's slot time is this already.
    [[nodiscard]] bool set_slot_time(const updates::SlotTime& slot_time);
    [[nodiscard]] const std::optional<updates::SlotTime>& slot_time() const { return slot_time_; }
    /// The default while it is not known.
    [[nodiscard]] base::Duration slot_duration() const;
    [[nodiscard]] bool is_before_genesis(base::WallTime now) const;
    /// Slots from `slot` to the clock's; nothing while that is not known.
    [[nodiscard]] std::optional<std::uint64_t> age_of(chain::Slot slot, base::WallTime now) const;
    /// Not older than the slot before the clock's; true while slot time is not known.
    [[nodiscard]] bool is_recent(chain::Slot slot, base::WallTime now) const;
    /// More than a slot ahead: either its node is wrong or our clock is.
    [[nodiscard]] bool is_ahead_of_clock(chain::Slot slot, base::WallTime now) const;

    // Our clock.

    /// Once a slot. True when the wall clock was set since the last time: what was compared with it
    /// counts no more.
    [[nodiscard]] bool check_wall_clock(base::Instant now);
    [[nodiscard]] ClockEstimate& clock() { return clock_; }
    [[nodiscard]] const ClockEstimate& clock() const { return clock_; }

  private:
    /// A spec whose node counts is another than before, or its node counts only now. One more vote
    /// for what is agreed on decides nothing, and so most answers of many nodes cost no count.
    void spec_counts(const chain::Spec& spec);
    /// Whose specs count may be others now.
    void checks_changed(const NetworkGuard::Change& change);

    /// In configured order.
    std::vector<updates::NodeId> order_;
    NetworkGuard guard_;
    updates::NodeMap<chain::Spec> specs_;
    std::set<updates::NodeId> without_spec_;
    std::optional<chain::Spec> spec_;
    bool is_vote_due_ = false;
    std::optional<updates::SlotTime> slot_time_;
    ClockEstimate clock_;
    /// Of the wall clock over the monotonic one, at the last check.
    std::optional<base::Duration> wall_offset_;
};

}  // namespace monitor
