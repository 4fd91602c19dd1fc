#include "api/best_node.hpp"

#include <algorithm>
#include <tuple>

namespace api {
namespace {

/// Whether `one` goes before `other` where nothing has been chosen yet.
bool goes_before(const NodeRank& one, const NodeRank& other) {
    const auto key = [](const NodeRank& rank) {
        return std::tuple{rank.health, rank.preference,
                          rank.speed.mean_lag.value_or(base::Duration::max()), rank.node};
    };
    return key(one) < key(other);
}

/// Whether `one` is so much better than `other` that a change is worth its trouble.
bool is_better(const NodeRank& one, const NodeRank& other) {
    if (one.health != other.health) {
        return one.health < other.health;
    }
    if (one.preference != other.preference) {
        return one.preference < other.preference;
    }
    return one.speed.mean_lag && other.speed.mean_lag &&
           *one.speed.mean_lag + BestNode::kLagMargin < *other.speed.mean_lag;
}

}  // namespace

void BestNode::update(const std::vector<NodeRank>& ranks, bool slot_ended, base::Instant now) {
    const NodeRank* top = nullptr;
    const NodeRank* chosen = nullptr;
    for (const NodeRank& rank : ranks) {
        if (!rank.is_usable()) {
            continue;
        }
        if (top == nullptr || goes_before(rank, *top)) {
            top = &rank;
        }
        if (choice_ && choice_->node == rank.node) {
            chosen = &rank;
        }
    }
    if (chosen == nullptr) {
        choice_ = top == nullptr ? std::nullopt
                                 : std::optional{Choice{top->node, now, ChoiceReason::kOnlyChoice}};
        challenger_.reset();
        challenger_slots_ = 0;
        return;
    }
    if (!slot_ended) {
        return;
    }
    if (!is_better(*top, *chosen)) {
        challenger_.reset();
        challenger_slots_ = 0;
        return;
    }
    challenger_slots_ = challenger_ == top->node ? challenger_slots_ + 1 : 1;
    challenger_ = top->node;
    if (challenger_slots_ == kSlotsToChange) {
        choice_ = Choice{top->node, now, ChoiceReason::kBetter};
        challenger_.reset();
        challenger_slots_ = 0;
    }
}

}  // namespace api
