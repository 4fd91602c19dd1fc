#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "beacon_api/responses.hpp"
#include "beacon_api/slot_clock.hpp"
#include "monitor/slot_facts.hpp"

namespace monitor {

/// Basis points of a slot after which attestations are due, where no spec says so.
inline constexpr std::uint64_t kAssumedDueBps = 3333;

/// The epoch of a slot, by the spec of its chain; 32 slots where that does not say.
[[nodiscard]] base::Epoch epoch_of(base::Slot slot, const beacon_api::Spec& spec);

/// When attestations of `slot` are due, by the fork that it lies in.
[[nodiscard]] AttestationDeadline attestation_deadline(base::Slot slot,
                                                       const std::optional<beacon_api::Spec>& spec,
                                                       std::chrono::milliseconds slot_duration);

/// What may be said of the time of each head: how old it is, how far into its slot it came, by when
/// it had to come. Remembers the last heads only. Pure.
class HeadTimes {
  public:
    static constexpr std::size_t kRootsMax = 256;
    /// Heads of one node that follow each other faster than a slot over this are a burst.
    static constexpr int kBurstParts = 4;

    void set_slot_clock(const beacon_api::SlotClock& clock) { clock_ = clock; }
    void set_spec(const beacon_api::Spec& spec) { spec_ = spec; }
    /// `/eth/v1/node/syncing` of this node.
    void set_syncing(const CandidateId& candidate, bool is_syncing);
    void forget(const CandidateId& candidate) { nodes_.erase(candidate); }

    /// A node reported a head, with bytes read at `at`.
    [[nodiscard]] HeadTiming report(const CandidateId& candidate, const beacon_api::HeadEvent& head,
                                    HeadSource source, base::Instant at);

    [[nodiscard]] const std::optional<beacon_api::SlotClock>& slot_clock() const { return clock_; }
    /// The deadline of a slot; slot time must be known.
    [[nodiscard]] AttestationDeadline deadline(base::Slot slot) const;

  private:
    struct Node {
        bool is_syncing = false;
        /// Its last head by stream, and whether that was older than the clock allows.
        std::optional<base::Slot> slot;
        base::MonoTime at;
        bool is_stale = false;
    };
    struct Told {
        CandidateId candidate;
        std::optional<beacon_api::PayloadStatus> payload_status;
    };

    [[nodiscard]] HeadAge age_of(Node& node, base::Slot slot, base::Instant at) const;
    [[nodiscard]] std::vector<Told>& told_of(const base::Root& root);

    std::optional<beacon_api::SlotClock> clock_;
    std::optional<beacon_api::Spec> spec_;
    std::map<CandidateId, Node> nodes_;
    std::unordered_map<base::Root, std::vector<Told>> told_;
    /// Oldest first.
    std::deque<base::Root> order_;
};

}  // namespace monitor
