#include "monitor/best_heads.hpp"

namespace monitor {

void BestHeads::stream_ended(updates::NodeId node) {
    cache_.remove(node);
    if (cache_.size() == 0 && last_published_ && !floor_holds_) {
        floor_ = last_published_->head.slot;
        floor_holds_ = true;
        floor_ticks_ = 0;
    }
}

void BestHeads::on_tick() {
    if (floor_holds_ && ++floor_ticks_ >= kFloorTicks) {
        floor_holds_ = false;
    }
}

std::optional<updates::BestHead> BestHeads::news() {
    const HeadCache::Entry* best = cache_.best();
    // A head that was stale when it came is not made news by the end of the node that was ahead.
    if (best == nullptr || !cache_.best_was_latest()) {
        return std::nullopt;
    }
    if (floor_holds_ && best->head.slot < *floor_) {
        return std::nullopt;
    }
    floor_holds_ = false;
    if (last_published_ && last_published_->head.block == best->head.block &&
        last_published_->head.payload_status == best->head.payload_status) {
        return std::nullopt;
    }
    last_published_ = updates::BestHead{best->node, best->head, best->source};
    return last_published_;
}

}  // namespace monitor
