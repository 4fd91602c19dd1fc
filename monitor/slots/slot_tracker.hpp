#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/bounded_map.hpp"
#include "base/clock.hpp"
#include "beacon_api/events.hpp"
#include "beacon_api/responses.hpp"
#include "chain/slot_clock.hpp"
#include "chain/spec.hpp"
#include "monitor/slots/ancestry.hpp"
#include "monitor/slots/fork_detector.hpp"
#include "monitor/slots/head_claims.hpp"
#include "monitor/slots/head_timings.hpp"
#include "monitor/slots/head_votes.hpp"
#include "monitor/slots/reorg_detector.hpp"
#include "monitor/slots/slot_verdicts.hpp"
#include "updates/chain_facts.hpp"

namespace monitor {

/// A header to request in the quiet part of the slot.
struct WantedHeader {
    chain::Root root;
    /// The node that reported it first, or what is built on it; absent when nobody did.
    std::optional<updates::NodeId> source;

    friend bool operator==(const WantedHeader&, const WantedHeader&) = default;
};

/// All facts about slots: the times of heads, which heads are proven, reorgs, splits, who is
/// behind, and the verdict on each slot. It is given what happened and when, and answers what
/// follows and which headers are missing. Pure: never waits, never does I/O. Outlives runs. Lives
/// on the event loop; not thread-safe.
///
/// In the quiet part of each slot call `check`, then request the headers that are `wanted` and hand
/// in the answers, until none is wanted or `kStepsMax` headers were requested.
class SlotTracker {
  public:
    using Facts = std::vector<updates::SlotFact>;

    /// Headers to request in one slot.
    static constexpr std::size_t kStepsMax = 64;
    /// Of those that lead from heads that one node reported first; what is left of kStepsMax is
    /// shared among the nodes.
    static constexpr std::size_t kStepsOfNodeMax = 16;
    /// A split lasts longer than a slot over this.
    static constexpr int kGraceParts = 6;
    /// Slots for which a comparison waits for parents.
    static constexpr int kPatienceSlots = 4;
    /// Neither is shorter, however short the slots are: nodes on one machine differ by 50 ms.
    static constexpr base::Duration kGraceFloor = std::chrono::milliseconds{100};
    static constexpr base::Duration kPatienceFloor = std::chrono::seconds{4};

    /// Slot time was learned, changed, or the wall clock was stepped.
    void set_slot_clock(const chain::SlotClock& clock, base::Instant now);
    /// The spec of our chain, from any node on it.
    void set_spec(const chain::Spec& spec) { times_.set_spec(spec); }
    /// While the clock is off by more than a slot no verdict is given.
    void suspend_verdicts(bool is_suspended) { verdicts_suspended_ = is_suspended; }
    /// What is known of candidates that left the list is forgotten.
    void set_candidates(const std::vector<updates::NodeId>& candidates, base::Instant now);

    void set_syncing(updates::NodeId node, bool is_syncing);
    /// Whether the node's stream is open and the node healthy: its word counts for what is proven.
    void set_good_standing(updates::NodeId node, bool is_good) {
        claims_.set_good_standing(node, is_good);
    }
    /// And nothing holds its heads back, so that it can be said of a slot that its block was late;
    /// or no longer.
    void observation_began(updates::NodeId node, base::Instant at);
    void observation_ended(updates::NodeId node, base::Instant at);
    /// The node's head is retracted: its stream ended, or its network is another.
    void head_retracted(updates::NodeId node, base::Instant at);

    /// The slot's tick: of each node so many heads are used again.
    void on_tick() { claims_.on_tick(); }
    /// Whether a head of this node is to be used: not when it has sent too many since the tick.
    [[nodiscard]] bool admit(updates::NodeId node) { return claims_.admit(node); }
    /// A head that was admitted, of a node that passed the network check. Not to be cached, and
    /// never best, when its timeliness is kBackfill or kEarly. `trusts_clock`: our clock is not in
    /// doubt, so a head that comes earlier than any node may have it is one that was made up.
    [[nodiscard]] updates::HeadTiming head(updates::NodeId node, const chain::Head& head,
                                           updates::HeadSource source, base::Instant at,
                                           bool trusts_clock);
    /// The head that a node in sync has by REST, whether its stream gives heads or not.
    void rest_head(updates::NodeId node, const beacon_api::BlockHeader& header, base::Instant at);
    [[nodiscard]] Facts chain_reorg(updates::NodeId node, const beacon_api::ChainReorgEvent& event,
                                    base::Instant at);
    /// A header that a node served: one that was wanted, or that of its own head.
    [[nodiscard]] Facts header(updates::NodeId source, const beacon_api::BlockHeader& header,
                               base::Instant now);
    /// The node served something else under this root.
    void header_refused(updates::NodeId source, const chain::Root& root) {
        claims_.header_refused(source, root);
    }
    /// No node could serve this header: it is not wanted again before the next `check`.
    void header_failed(const chain::Root& root);

    /// What follows from the heads by now.
    [[nodiscard]] Facts settle(base::Instant now);
    /// Whether `settle` may have something to say after a head.
    [[nodiscard]] bool is_quiet() const { return forks_.is_quiet() && changes_.agreed.empty(); }
    [[nodiscard]] Facts check(base::Instant now);
    /// A slot is over: its claims are judged.
    [[nodiscard]] Facts end_slot(base::Instant now);

    /// The heads of this node count for nothing: none of its claims could be proven lately.
    [[nodiscard]] bool is_unproven(updates::NodeId node) const { return claims_.is_unproven(node); }
    /// A head that came before any node can have it, by our clock.
    struct EarlyHead {
        chain::Head head;
        updates::HeadSource source{};
        updates::HeadTiming timing;
        base::Instant at;
    };
    /// What has become known of single nodes since the last call.
    struct NodeChanges {
        std::vector<HeadClaims::Standing> standings;
        std::vector<ReorgDetector::NodeReorg> reorgs;
        /// Heads that were kEarly, and that another node has too.
        std::vector<std::pair<updates::NodeId, EarlyHead>> agreed;
    };
    [[nodiscard]] NodeChanges take_node_changes() { return std::exchange(changes_, {}); }
    /// Those that are to be requested now and were not handed in since. No more than kStepsMax
    /// since the last `check`.
    [[nodiscard]] std::vector<WantedHeader> wanted(base::Instant now);

  private:
    /// Of the last slots, as the head of a node that goes on is.
    [[nodiscard]] bool is_recent(chain::Slot slot, base::WallTime now) const;
    /// What a head that is used changes.
    void use(updates::NodeId node, const chain::Head& head, updates::HeadSource source,
             const updates::HeadTiming& timing, base::Instant at);
    /// Uses the heads of this block that came too early to be used at once.
    void use_early(const chain::Root& root);

    HeadTimings times_;
    Ancestry ancestry_;
    HeadClaims claims_;
    ReorgDetector reorgs_;
    ForkDetector forks_;
    SlotVerdicts verdicts_;
    bool verdicts_suspended_ = false;
    std::vector<updates::NodeId> candidates_;
    /// Verified ones that are not from syncing.
    HeadVotes heads_;
    std::optional<chain::Root> best_;
    NodeChanges changes_;
    /// Of each node its last head, while that came too early to be used.
    updates::NodeMap<EarlyHead> early_;
    /// The headers that were wanted since the last check, and from whose heads they lead.
    std::map<chain::Root, std::optional<updates::NodeId>> steps_;
    std::set<chain::Root> failed_;
};

}  // namespace monitor
