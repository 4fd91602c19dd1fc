#include "api/beacon_events.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "api/beacon_event_json.hpp"

namespace api {
namespace {

bool is_same_reorg(const updates::NodeReorg& one, const updates::NodeReorg& other) {
    return one.old_head_block == other.old_head_block && one.new_head_block == other.new_head_block;
}

bool contains(const std::deque<updates::NodeReorg>& reorgs, const updates::NodeReorg& wanted) {
    return std::any_of(reorgs.begin(), reorgs.end(), [&](const updates::NodeReorg& one) {
        return is_same_reorg(one, wanted) && one.slot == wanted.slot;
    });
}

template <class T>
void remember(std::deque<T>& facts, const T& fact, std::size_t facts_max) {
    facts.push_back(fact);
    if (facts.size() > facts_max) {
        facts.pop_front();
    }
}

}  // namespace

std::vector<BeaconEvent> BeaconEvents::apply(const updates::Update& update, bool is_good) {
    if (const auto move = head_.apply(update, is_good)) {
        add_move(*move);
        settle_claims();
    } else if (is_good) {
        if (const auto* const block = std::get_if<updates::NodeBlock>(&update.fact)) {
            add(*block);
        } else if (const auto* const reorg = std::get_if<updates::NodeReorg>(&update.fact)) {
            add(*reorg);
        } else if (const auto* const final = std::get_if<updates::Finalized>(&update.fact)) {
            add(final->checkpoint);
        }
    }
    return std::exchange(out_, {});
}

void BeaconEvents::add_move(const HeadMove& move) {
    // The topic `head` knows blocks only.
    if (move.kind == HeadMove::Kind::kBlock) {
        out_.push_back({"head", head_json(move.head)});
    }
    if (move.head.version) {
        out_.push_back({"head_v2", head_v2_json(move.head)});
    }
}

void BeaconEvents::add(const updates::NodeBlock& block) {
    if (!is_too_old(block.slot) && blocks_.try_emplace(block.block).second) {
        out_.push_back({"block", block_json(block)});
    }
}

void BeaconEvents::add(const updates::NodeReorg& reorg) {
    if (is_too_old(reorg.slot) || contains(reorgs_, reorg) || contains(claims_, reorg)) {
        return;
    }
    remember(claims_, reorg, kClaimsMax);
    settle_claims();
}

void BeaconEvents::add(const chain::FinalizedCheckpoint& checkpoint) {
    const bool is_known =
        std::any_of(checkpoints_.begin(), checkpoints_.end(), [&](const auto& one) {
            return one.epoch == checkpoint.epoch && one.block == checkpoint.block &&
                   one.state == checkpoint.state;
        });
    if (!is_known) {
        remember(checkpoints_, checkpoint, kFactsMax);
        out_.push_back({"finalized_checkpoint", finalized_checkpoint_json(checkpoint)});
    }
}

void BeaconEvents::settle_claims() {
    for (auto claim = claims_.begin(); claim != claims_.end();) {
        const bool is_confirmed = head_.went(claim->old_head_block, claim->new_head_block);
        if (is_confirmed) {
            out_.push_back({"chain_reorg", chain_reorg_json(*claim)});
            remember(reorgs_, *claim, kFactsMax);
        }
        claim = is_confirmed || is_too_old(claim->slot) ? claims_.erase(claim) : claim + 1;
    }
}

bool BeaconEvents::is_too_old(chain::Slot slot) const {
    return head_.last() && chain::distance(slot, head_.last()->head.slot) > kSlotsBack;
}

}  // namespace api
