#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "api/slot_history.hpp"
#include "base/clock.hpp"
#include "updates/node_health.hpp"
#include "updates/node_id.hpp"

namespace api {

/// One node, as the choice of the best one sees it.
struct NodeRank {
    updates::NodeId node;
    updates::NodeHealth health = updates::NodeHealth::kUnusable;
    /// Its head is at most kFreshSlots below the best head.
    bool is_fresh = false;
    /// Its place in the operator's list of preferred nodes, from 0; nodes that are not in it come
    /// after all that are.
    std::size_t preference = SIZE_MAX;
    NodeSpeed speed{};

    [[nodiscard]] bool is_usable() const {
        return health != updates::NodeHealth::kUnusable && is_fresh;
    }

    friend bool operator==(const NodeRank&, const NodeRank&) = default;
};

/// A node's head may be so many slots below the best head and count as fresh: it is one below at
/// the start of each slot, until its block has come.
inline constexpr std::uint64_t kFreshSlots = 2;

/// Why a node is the best one.
enum class ChoiceReason : std::uint8_t {
    /// There was none before, or the one before could not be used any more.
    kOnlyChoice,
    /// It had been better for kSlotsToChange slots.
    kBetter,
};

/// Chooses the node that a validator client should use. Pure.
///
/// By health, then the operator's preference, then how far behind the first it reports heads. A
/// node that can be used stays chosen until another one has been better for kSlotsToChange slots in
/// a row; one that can not be used any more is left at once.
class BestNode {
  public:
    static constexpr int kSlotsToChange = 3;
    /// A node is faster than another one when its mean lag is shorter by more than this.
    static constexpr base::Duration kLagMargin = std::chrono::milliseconds{50};

    /// `ranks` are all nodes as they are now. `slot_ended`: once a slot.
    void update(const std::vector<NodeRank>& ranks, bool slot_ended, base::Instant now);

    struct Choice {
        updates::NodeId node;
        /// When it was chosen.
        base::Instant since;
        ChoiceReason reason = ChoiceReason::kOnlyChoice;
    };
    /// Nothing while no node can be used.
    [[nodiscard]] const std::optional<Choice>& choice() const { return choice_; }

  private:
    std::optional<Choice> choice_;
    /// Who would be chosen instead, and for how many slots by now.
    std::optional<updates::NodeId> challenger_;
    int challenger_slots_ = 0;
};

}  // namespace api
