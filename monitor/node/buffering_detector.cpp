#include "monitor/node/buffering_detector.hpp"

#include <algorithm>
#include <set>

namespace monitor {

void BufferingDetector::opening() {
    held_ = 0;
    in_step_ = 0;
    alone_ = 0;
}

void BufferingDetector::rest_head(const chain::Root& root, base::MonoTime at) {
    const auto is_it = [&](const auto& shown) { return shown && shown->root == root; };
    if (std::none_of(shown_.begin(), shown_.end(), is_it)) {
        shown_[next_shown_] = Shown{root, at};
        next_shown_ = (next_shown_ + 1) % shown_.size();
    }
}

bool BufferingDetector::was_shown(const Head& head, base::MonoTime at) const {
    return std::any_of(shown_.begin(), shown_.end(), [&](const auto& shown) {
        return shown && shown->root == head.root && at - shown->at >= slot_ / kShownParts;
    });
}

std::uint32_t BufferingDetector::count_held(const std::vector<Head>& heads,
                                            base::MonoTime at) const {
    // A reorg brings several heads at once by itself, and goes back in slots; only those that
    // ascend have waited for each other.
    const auto is_lower = [](const Head& a, const Head& b) { return a.slot < b.slot; };
    if (!std::is_sorted(heads.begin(), heads.end(), is_lower)) {
        return 0;
    }
    std::set<chain::Slot> slots;
    std::set<chain::Slot> shown;
    for (const Head& head : heads) {
        slots.insert(head.slot);
        if (was_shown(head, at)) {
            shown.insert(head.slot);
        }
    }
    const auto waited = static_cast<std::uint32_t>(slots.size() - 1);
    const auto is_recent = [](const Head& head) { return head.is_recent; };
    if (!shown.empty()) {
        return std::max(waited, static_cast<std::uint32_t>(shown.size()));
    }
    if (std::all_of(heads.begin(), heads.end(), is_recent)) {
        return waited;
    }
    // A node that was itself held up for some slots looks the same, if not again and again.
    return heads.back().is_recent ? std::min<std::uint32_t>(waited, 1) : 0;
}

std::optional<bool> BufferingDetector::read(const std::vector<Head>& heads, bool had_comment,
                                            base::MonoTime at) {
    // Old heads alone are those of a node that catches up.
    if (heads.empty() || !heads.back().is_recent) {
        return std::nullopt;
    }
    const std::uint32_t held = count_held(heads, at);
    in_step_ = had_comment ? in_step_ + 1 : 0;
    if (held > 0) {
        held_ += held;
        alone_ = 0;
    } else if (!had_comment) {
        ++alone_;
    } else if (in_step_ >= kInStepMax) {
        // Now and then a keep-alive falls together with a head by chance.
        alone_ = 0;
    }
    if (alone_ >= kAloneMax) {
        held_ = 0;
    }
    const bool is_doubted =
        held_ >= kHeldMax || in_step_ >= kInStepMax || (is_buffered_ && alone_ < kAloneMax);
    if (is_doubted == is_buffered_) {
        return std::nullopt;
    }
    is_buffered_ = is_doubted;
    return is_doubted;
}

}  // namespace monitor
