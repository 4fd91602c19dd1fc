#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "beacon_api/events.hpp"
#include "beacon_api/responses.hpp"
#include "beacon_api/slot_clock.hpp"
#include "monitor/ancestry.hpp"
#include "monitor/head_times.hpp"
#include "monitor/reorg_watch.hpp"
#include "monitor/slot_facts.hpp"
#include "monitor/slot_verdicts.hpp"
#include "monitor/split_watch.hpp"

namespace monitor {

/// A header to ask for in the quiet part of the slot.
struct WantedHeader {
    base::Root root;
    /// A node that should know it; absent when anyone will do.
    std::optional<CandidateId> ask;

    friend bool operator==(const WantedHeader&, const WantedHeader&) = default;
};

/// Everything that is said of slots: the times of heads, reorgs, splits, who is behind, and the
/// verdict on each slot. Told what happened and when; says what follows, and which headers would
/// tell more. Pure: never waits, never does I/O. Outlives runs. Lives on the event loop; not
/// thread-safe.
///
/// In the quiet part of each slot call `check`, then ask for what is `wanted` and hand in the
/// answers, until nothing is wanted or `kStepsMax` headers were asked for.
class SlotWatch {
  public:
    using Facts = std::vector<SlotFact>;

    /// Headers to ask for in one slot.
    static constexpr std::size_t kStepsMax = 64;
    /// A split lasts longer than a slot over this.
    static constexpr int kGraceParts = 6;
    /// Slots for which a comparison waits for parents.
    static constexpr int kPatienceSlots = 4;
    /// Neither is shorter, however short the slots are: nodes on one machine differ by 50 ms.
    static constexpr base::Duration kGraceFloor = std::chrono::milliseconds{100};
    static constexpr base::Duration kPatienceFloor = std::chrono::seconds{4};

    /// Slot time was learned, changed, or the wall clock was stepped.
    void set_slot_clock(const beacon_api::SlotClock& clock, base::Instant now);
    /// The spec of our chain, from any node on it.
    void set_spec(const beacon_api::Spec& spec) { times_.set_spec(spec); }
    /// Verdicts rest while the clock is in doubt.
    void set_verdicts_rest(bool rest) { verdicts_rest_ = rest; }
    /// What is known of candidates that left the list is forgotten.
    void set_candidates(const std::vector<CandidateId>& candidates, base::Instant now);

    void set_syncing(const CandidateId& candidate, bool is_syncing);
    /// The stream is open and its node healthy; or no longer.
    void watch_began(const CandidateId& candidate, base::Instant at);
    void watch_ended(const CandidateId& candidate, base::Instant at);
    /// The node's head is withdrawn: its stream ended, or its network is another.
    void head_withdrawn(const CandidateId& candidate, base::Instant at);

    /// A head of a node that passed the network check. Not to be cached, and never best, when its
    /// age is kCatchUp.
    [[nodiscard]] HeadTiming head(const CandidateId& candidate, const beacon_api::HeadEvent& head,
                                  HeadSource source, base::Instant at);
    /// The node's REST head: once a slot, from those who stream too.
    void rest_head(const CandidateId& candidate, const beacon_api::BlockHeader& header,
                   base::Instant at);
    void block(const beacon_api::BlockEvent& event);
    /// The best head is another.
    [[nodiscard]] Facts best_head(const beacon_api::HeadEvent& head, base::Instant at);
    [[nodiscard]] Facts chain_reorg(const CandidateId& candidate,
                                    const beacon_api::ChainReorgEvent& event, base::Instant at);
    /// An answer to a wanted header.
    [[nodiscard]] Facts header(const beacon_api::BlockHeader& header, base::Instant now);
    /// Nobody could tell this header: it is not wanted again before the next `check`.
    void header_failed(const base::Root& root);

    [[nodiscard]] Facts check(base::Instant now);
    /// Each header once. Empty after kStepsMax headers since the last `check`.
    [[nodiscard]] std::vector<WantedHeader> wanted(base::Instant now) const;

  private:
    static constexpr std::size_t kReportersMax = 256;

    [[nodiscard]] Facts settle(base::Instant now);
    void reported(const base::Root& root, const CandidateId& candidate);
    void learn(const beacon_api::BlockHeader& header);

    HeadTimes times_;
    Ancestry ancestry_;
    ReorgWatch reorgs_;
    SplitWatch splits_;
    SlotVerdicts verdicts_;
    bool verdicts_rest_ = false;
    std::set<CandidateId> candidates_;
    /// Who reported a root last.
    std::unordered_map<base::Root, CandidateId> reporters_;
    std::deque<base::Root> reporters_order_;
    std::set<base::Root> failed_;
    /// Headers handed in or failed since the last check.
    std::size_t steps_ = 0;
};

}  // namespace monitor
