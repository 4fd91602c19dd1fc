#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include <boost/container/flat_map.hpp>
#include <boost/container/small_vector.hpp>

#include "base/clock.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/slot_clock.hpp"
#include "monitor/candidate.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"

namespace monitor {

/// What became of each slot, judged at the end of the next one: two slots after its start, by
/// proven heads alone. A block that came in time is on time, whoever was observed. Late, missed and
/// optimistic are verdicts only on a slot that was observed: throughout which a healthy stream was
/// open that nothing holds back; and missed only when the branch of a later proven head passes over
/// the slot. In time is before ATTESTATION_DUE_BPS of the slot:
/// https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/validator.md
/// Pure.
class SlotVerdicts {
  public:
    /// More unjudged slots than that (the machine slept, the clock was stepped) are left unjudged.
    static constexpr std::uint64_t kBacklogMax = 32;

    /// Slot time was learned, changed, or the wall clock was stepped. Judging begins with the next
    /// whole slot, and what was watched so far counts no more.
    void set_slot_clock(const chain::SlotClock& clock, base::WallTime now);

    /// A stream is open, its node healthy (checked, in sync, neither silent nor stalled) and its
    /// heads come in time (neither buffered nor lagging). Streams that open while slot time is
    /// unknown count from when it is learned.
    void observation_began(updates::NodeId node, base::WallTime at);
    void observation_ended(updates::NodeId node, base::WallTime at);

    /// A live head, `delay` into its slot.
    void seen(updates::NodeId node, chain::Slot slot, const chain::Root& root, base::Duration delay,
              bool is_optimistic, base::WallTime at);

    /// A candidate that left the list.
    void forget(updates::NodeId node) { observations_.erase(node); }

    /// What the headers prove of a slot when it is judged.
    struct Evidence {
        chain::AttestationDeadline deadline;
        /// Whether this is a proven block of the slot.
        std::function<bool(const chain::Root&)> is_block;
        /// The branch of a later proven head passes over the slot.
        bool is_passed_over = false;
    };
    /// The verdicts whose time has come, at most kBacklogMax; `evidence_of` is called once for
    /// each.
    template <class EvidenceOf>
    [[nodiscard]] std::vector<updates::SlotVerdict> close(base::WallTime now,
                                                          const EvidenceOf& evidence_of) {
        std::vector<updates::SlotVerdict> out;
        for (const chain::Slot slot : due(now)) {
            out.push_back(judge(slot, evidence_of(slot)));
        }
        return out;
    }

  private:
    struct Sighting {
        updates::NodeId node;
        base::Duration delay{};
    };
    /// Who reported a root first, in words of its own and while its payload was not verified.
    struct Reports {
        chain::Root root;
        updates::NodeId first_reporter;
        std::optional<Sighting> verified;
        std::optional<Sighting> optimistic;
    };
    /// Roots of one slot that one node may report before anyone else does; of more, the rest are
    /// not judged.
    static constexpr std::ptrdiff_t kRootsOfNodeMax = 2;
    struct Observation {
        std::optional<base::WallTime> since;
        /// Whole slots of watches that ended since, not judged yet.
        std::set<chain::Slot> covered;
    };

    [[nodiscard]] std::vector<chain::Slot> due(base::WallTime now);
    [[nodiscard]] updates::SlotVerdict judge(chain::Slot slot, const Evidence& evidence);
    [[nodiscard]] bool observed(const Observation& observation, chain::Slot slot) const;
    void start_over(base::WallTime now);

    std::optional<chain::SlotClock> clock_;
    chain::Slot next_;
    /// Of a few slots, of a root or two each: their memory stays.
    boost::container::flat_map<chain::Slot, boost::container::small_vector<Reports, 2>> reports_;
    updates::NodeMap<Observation> observations_;
};

}  // namespace monitor
