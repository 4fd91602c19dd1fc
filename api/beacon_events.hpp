#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "api/merged_head.hpp"
#include "base/bounded_map.hpp"
#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "updates/chain_facts.hpp"
#include "updates/update.hpp"

namespace api {

/// The topics of the merged event stream.
inline constexpr std::array<std::string_view, 5> kTopics{"head", "head_v2", "block", "chain_reorg",
                                                         "finalized_checkpoint"};

/// One event of the Beacon API's stream.
struct BeaconEvent {
    /// One of kTopics.
    std::string_view topic;
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
    /// Checkpoints and reorgs that are remembered so, each.
    static constexpr std::size_t kFactsMax = 64;
    /// Claims of reorgs that wait for the merged head. The oldest makes room.
    static constexpr std::size_t kClaimsMax = 64;

    /// What follows from the update, in order. `is_good` is as MergedHead has it.
    [[nodiscard]] std::vector<BeaconEvent> apply(const updates::Update& update, bool is_good);

    [[nodiscard]] const MergedHead& head() const { return head_; }

  private:
    void add_move(const HeadMove& move);
    void add(const updates::NodeBlock& block);
    void add(const updates::NodeReorg& reorg);
    void add(const chain::FinalizedCheckpoint& checkpoint);
    /// Gives out the claims that the merged head has confirmed by now.
    void settle_claims();
    [[nodiscard]] bool is_too_old(chain::Slot slot) const;

    MergedHead head_;
    base::BoundedMap<chain::Root, bool> blocks_{kBlocksMax};
    std::deque<chain::FinalizedCheckpoint> checkpoints_;
    std::deque<updates::NodeReorg> claims_;
    std::deque<updates::NodeReorg> reorgs_;
    std::vector<BeaconEvent> out_;
};

}  // namespace api
