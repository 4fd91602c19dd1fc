#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bounded_map.hpp"
#include "base/clock.hpp"
#include "beacon_api/responses.hpp"
#include "chain/slot_clock.hpp"
#include "chain/spec.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// The times of each head: how old it is, how far into its slot it came, by when
/// it had to come. Remembers the last heads only. Pure.
class HeadTimings {
  public:
    static constexpr std::size_t kRootsMax = 1024;
    /// Heads of one node that follow each other faster than a slot over this are a burst.
    static constexpr int kBurstParts = 4;

    void set_slot_clock(const chain::SlotClock& clock) { clock_ = clock; }
    void set_spec(const chain::Spec& spec) { spec_ = spec; }
    /// `/eth/v1/node/syncing` of this node.
    void set_syncing(updates::NodeId id, bool is_syncing);
    void forget(updates::NodeId id) { nodes_.erase(id); }

    /// A node reported a head, with bytes read at `at`.
    [[nodiscard]] updates::HeadTiming report(updates::NodeId id, const chain::Head& head,
                                             updates::HeadSource source, base::Instant at);

    [[nodiscard]] const std::optional<chain::SlotClock>& slot_clock() const { return clock_; }
    /// The deadline of a slot; slot time must be known.
    [[nodiscard]] chain::AttestationDeadline deadline(chain::Slot slot) const;

  private:
    struct Node {
        bool is_syncing = false;
        /// Its last head by stream, and whether that was older than the clock allows.
        std::optional<chain::Slot> slot;
        base::MonoTime at;
        bool is_stale = false;
    };
    /// What nodes have reported of one root: a bit for each payload status, by the number of the
    /// node's id.
    using Reports = std::vector<std::uint8_t>;

    /// Slot time is known.
    [[nodiscard]] bool is_on_time(chain::Slot slot, base::Instant at) const;
    [[nodiscard]] updates::HeadTimeliness timeliness_of(Node& node, chain::Slot slot,
                                                        base::Instant at) const;

    std::optional<chain::SlotClock> clock_;
    std::optional<chain::Spec> spec_;
    updates::NodeMap<Node> nodes_;
    base::BoundedMap<chain::Root, Reports> reports_{kRootsMax};
    /// Above the number of every id so far: of that length new reports begin.
    std::size_t ids_ = 0;
};

}  // namespace monitor
