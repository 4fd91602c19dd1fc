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

bool is_same(const chain::FinalizedCheckpoint& one, const chain::FinalizedCheckpoint& other) {
    return one.epoch == other.epoch && one.block == other.block && one.state == other.state;
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
    if (const auto* const run = std::get_if<updates::RunStarted>(&update.fact)) {
        keep_nodes(*run);
    } else if (const auto* const time = std::get_if<updates::SlotTime>(&update.fact)) {
        slot_ = time->clock.slot_duration();
    }
    if (const auto move = head_.apply(update, is_good)) {
        add_move(*move);
        settle_claims();
    } else if (is_good) {
        if (const auto* const block = std::get_if<updates::NodeBlock>(&update.fact)) {
            add(*block);
        } else if (const auto* const reorg = std::get_if<updates::NodeReorg>(&update.fact)) {
            add(*reorg);
        } else if (const auto* const final = std::get_if<updates::Finalized>(&update.fact)) {
            add(*final);
        } else if (const auto* const extra = std::get_if<updates::NodeEvent>(&update.fact)) {
            add(*extra, update.at.mono);
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

void BeaconEvents::keep_nodes(const updates::RunStarted& run) {
    erase_if(nodes_, [&](const auto& entry) {
        return std::find(run.nodes.begin(), run.nodes.end(), entry.first) == run.nodes.end();
    });
}

void BeaconEvents::add(const updates::NodeReorg& reorg) {
    if (is_too_old(reorg.slot)) {
        return;
    }
    const auto move = head_.find_move(reorg.old_head_block, reorg.new_head_block);
    if (move && !is_told(reorg, *move)) {
        tell(reorg, *move);
        return;
    }
    auto& claims = nodes_[reorg.node].claims;
    const bool is_known = std::any_of(claims.begin(), claims.end(), [&](const Claim& claim) {
        return is_same_reorg(claim.reorg, reorg);
    });
    if (!is_known) {
        remember(claims, Claim{reorg, move}, kClaimsMax);
    }
}

void BeaconEvents::add(const updates::Finalized& finalized) {
    const auto& checkpoint = finalized.checkpoint;
    const auto has = [&](const Node& node) {
        return std::any_of(node.checkpoints.begin(), node.checkpoints.end(),
                           [&](const auto& one) { return is_same(one, checkpoint); });
    };
    const bool is_known = std::any_of(nodes_.begin(), nodes_.end(),
                                      [&](const auto& entry) { return has(entry.second); });
    Node& node = nodes_[finalized.node];
    if (!has(node)) {
        remember(node.checkpoints, checkpoint, kCheckpointsMax);
    }
    if (!is_known) {
        out_.push_back({"finalized_checkpoint", finalized_checkpoint_json(checkpoint)});
    }
}

void BeaconEvents::add(const updates::NodeEvent& event, base::MonoTime now) {
    const auto told = find_told(event.content, now);
    // Whoever reports it again vouches for the moment that it was given out, too: what the first
    // node forgets is not forgotten with it.
    const auto [at, is_new] = nodes_[event.node].extra.try_emplace(event.content);
    *at = told.value_or(now);
    if (!told) {
        out_.push_back({event.topic, event.data});
    }
}

std::optional<base::MonoTime> BeaconEvents::find_told(const chain::Root& content,
                                                      base::MonoTime now) const {
    for (const auto& [id, node] : nodes_) {
        const base::MonoTime* const at = node.extra.find(content);
        if (at != nullptr && now - *at < kExtraSlots * slot_) {
            return *at;
        }
    }
    return std::nullopt;
}

void BeaconEvents::settle_claims() {
    std::erase_if(reorgs_, [&](const ToldReorg& told) { return told.move <= head_.forgotten(); });
    for (auto& [id, node] : nodes_) {
        std::erase_if(node.claims, [&](const Claim& claim) {
            const updates::NodeReorg& reorg = claim.reorg;
            const auto move = head_.find_move(reorg.old_head_block, reorg.new_head_block);
            const bool is_confirmed = move && move != claim.told_move;
            if (is_confirmed) {
                tell(reorg, *move);
            }
            return is_confirmed || is_too_old(reorg.slot);
        });
    }
}

void BeaconEvents::tell(const updates::NodeReorg& reorg, std::uint64_t move) {
    if (!is_told(reorg, move)) {
        reorgs_.push_back({reorg.old_head_block, reorg.new_head_block, move});
        out_.push_back({"chain_reorg", chain_reorg_json(reorg)});
    }
}

bool BeaconEvents::is_told(const updates::NodeReorg& reorg, std::uint64_t move) const {
    const ToldReorg told{reorg.old_head_block, reorg.new_head_block, move};
    return std::find(reorgs_.begin(), reorgs_.end(), told) != reorgs_.end();
}

bool BeaconEvents::is_too_old(chain::Slot slot) const {
    return head_.last() && chain::distance(slot, head_.last()->head.slot) > kSlotsBack;
}

}  // namespace api
