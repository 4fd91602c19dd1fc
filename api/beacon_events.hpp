#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/merged_head.hpp"
#include "base/bounded_map.hpp"
#include "base/clock.hpp"
#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"
#include "updates/chain_facts.hpp"
#include "updates/node_map.hpp"
#include "updates/node_status.hpp"
#include "updates/update.hpp"

namespace api {

/// The topics of the merged event stream; the configuration adds others.
inline constexpr std::array<std::string_view, 5> kTopics{"head", "head_v2", "block", "chain_reorg",
                                                         "finalized_checkpoint"};

/// One event of the Beacon API's stream.
struct BeaconEvent {
    /// One of kTopics, or an extra topic.
    std::string topic;
    /// JSON as the specification has it.
    std::string data;

    friend bool operator==(const BeaconEvent&, const BeaconEvent&) = default;
};

/// The Beacon API's event stream over all nodes: each fact once, from whichever node in good
/// standing was first. Pure; told each update in order; outlives runs. Lives on the event loop.
///
/// A `chain_reorg` is a claim, and given out only where the merged head went so: from the old block
/// to the new one.
class BeaconEvents {
  public:
    /// A block or a reorg that is more slots below the merged head is no news.
    static constexpr std::uint64_t kSlotsBack = 32;
    /// Blocks that are remembered as given out: what one node may report in so many slots.
    static constexpr std::size_t kBlocksMax = 8192;
    /// Checkpoints of one node that are remembered so. Its own oldest makes room.
    static constexpr std::size_t kCheckpointsMax = 8;
    /// A content of an extra topic is given out once in so many slots.
    static constexpr int kExtraSlots = 32;
    /// Contents of one node that are remembered so: what it may report in these slots. Its own
    /// oldest makes room.
    static constexpr std::size_t kExtraMax = updates::kNodeExtraEventsMax * kExtraSlots;
    /// Claims of reorgs of one node that wait for the merged head. Its own oldest makes room.
    static constexpr std::size_t kClaimsMax = 8;

    /// What follows from the update, in order. `is_good` is as MergedHead has it.
    [[nodiscard]] std::vector<BeaconEvent> apply(const updates::Update& update, bool is_good);

    [[nodiscard]] const MergedHead& head() const { return head_; }
    [[nodiscard]] base::Duration slot_duration() const { return slot_; }

  private:
    /// A claim that waits for a move of the merged head.
    struct Claim {
        updates::NodeReorg reorg;
        /// The move that fits and has been told already: another one is awaited.
        std::optional<std::uint64_t> told_move;
    };
    struct Node {
        /// What it reported, whoever was first, oldest first.
        std::deque<chain::FinalizedCheckpoint> checkpoints;
        std::deque<Claim> claims;
        /// The contents of extra topics that it reported, and when each was given out.
        base::BoundedMap<chain::Root, base::MonoTime> extra{kExtraMax};
    };
    /// A reorg that was given out. Its move makes it one of at most kMovesMax² / 2.
    struct ToldReorg {
        chain::Root from;
        chain::Root to;
        std::uint64_t move = 0;

        friend bool operator==(const ToldReorg&, const ToldReorg&) = default;
    };

    void add_move(const HeadMove& move);
    void keep_nodes(const updates::RunStarted& run);
    void add(const updates::NodeBlock& block);
    void add(const updates::NodeReorg& reorg);
    void add(const updates::Finalized& finalized);
    void add(const updates::NodeEvent& event, base::MonoTime now);
    /// When this content was given out, within the last kExtraSlots.
    [[nodiscard]] std::optional<base::MonoTime> find_told(const chain::Root& content,
                                                          base::MonoTime now) const;
    /// Gives out the claims that the merged head has confirmed by now.
    void settle_claims();
    /// Gives out what the merged head's move confirms, once.
    void tell(const updates::NodeReorg& reorg, std::uint64_t move);
    [[nodiscard]] bool is_told(const updates::NodeReorg& reorg, std::uint64_t move) const;
    [[nodiscard]] bool is_too_old(chain::Slot slot) const;

    MergedHead head_;
    base::BoundedMap<chain::Root, bool> blocks_{kBlocksMax};
    updates::NodeMap<Node> nodes_;
    base::Duration slot_ = chain::kDefaultSlotDuration;
    std::vector<ToldReorg> reorgs_;
    std::vector<BeaconEvent> out_;
};

}  // namespace api
