#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/clock.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/slot_clock.hpp"
#include "monitor/candidate.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// What became of each slot, judged at the end of the next one: two slots after its start. A block
/// that came in time is on time, whoever was observed. Late, missed and optimistic are verdicts
/// only on a slot that was observed: throughout which a healthy stream was open; and missed only
/// when one of those nodes confirms that it is empty: its stream went on to a later head, or its
/// own REST head was still older after the slot. In time is before ATTESTATION_DUE_BPS of the slot:
/// https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/validator.md
/// Pure.
class SlotVerdicts {
  public:
    /// More unjudged slots than that (the machine slept, the clock was stepped) are left unjudged.
    static constexpr std::uint64_t kBacklogMax = 32;

    /// Slot time was learned, changed, or the wall clock was stepped. Judging begins with the next
    /// whole slot, and what was watched so far counts no more.
    void set_slot_clock(const chain::SlotClock& clock, base::WallTime now);

    /// A stream is open and its node healthy: checked, in sync, neither silent nor stalled. Streams
    /// that open while slot time is unknown count from when it is learned.
    void observation_began(updates::NodeId node, base::WallTime at);
    void observation_ended(updates::NodeId node, base::WallTime at);

    /// A live head, `delay` into its slot.
    void seen(updates::NodeId node, chain::Slot slot, const chain::Root& root, base::Duration delay,
              bool is_optimistic, base::WallTime at);
    /// There is a block of this slot, whenever it came.
    void block_known(chain::Slot slot);
    /// The head that a node has by REST.
    void rest_head(updates::NodeId node, chain::Slot slot, base::WallTime at);

    /// A candidate that left the list.
    void forget(updates::NodeId node) { observations_.erase(node); }

    /// The verdicts whose time has come, at most kBacklogMax; `deadline_of` is called once for
    /// each.
    template <class DeadlineOf>
    [[nodiscard]] std::vector<updates::SlotVerdict> close(base::WallTime now,
                                                          const DeadlineOf& deadline_of) {
        std::vector<updates::SlotVerdict> out;
        for (const chain::Slot slot : due(now)) {
            out.push_back(judge(slot, deadline_of(slot)));
        }
        return out;
    }

  private:
    struct Sighting {
        updates::NodeId node;
        chain::Root root;
        base::Duration delay{};
    };
    struct Record {
        std::optional<Sighting> verified;
        std::optional<Sighting> optimistic;
        bool is_known = false;
    };
    struct Observation {
        std::optional<base::WallTime> since;
        /// Whole slots of watches that ended since, not judged yet.
        std::set<chain::Slot> covered;
        /// The highest live head of this observation.
        std::optional<chain::Slot> last_head;
        std::optional<chain::Slot> rest_slot;
        base::WallTime rest_at;
    };

    [[nodiscard]] std::vector<chain::Slot> due(base::WallTime now);
    [[nodiscard]] updates::SlotVerdict judge(chain::Slot slot, chain::AttestationDeadline deadline);
    [[nodiscard]] bool observed(const Observation& observation, chain::Slot slot) const;
    /// Whether the node's stream or REST head proves that the slot had no block.
    [[nodiscard]] bool confirms_empty(const Observation& observation, chain::Slot slot) const;
    void start_over(base::WallTime now);

    std::optional<chain::SlotClock> clock_;
    chain::Slot next_;
    std::map<chain::Slot, Record> records_;
    updates::NodeMap<Observation> observations_;
};

}  // namespace monitor
