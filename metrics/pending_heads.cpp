#include "metrics/pending_heads.hpp"

#include <utility>

namespace metrics {

bool PendingHeads::add(const updates::NodeHead& head) {
    const updates::HeadTiming& timing = head.timing;
    if (head.source == updates::HeadSource::kPoll ||
        timing.timeliness != updates::HeadTimeliness::kLive || timing.is_repeat) {
        return false;
    }
    Root& root = *roots_.try_emplace(head.head.block).first;
    if (!root.is_proven) {
        root.reports.push_back(head);
    }
    return root.is_proven;
}

std::vector<updates::NodeHead> PendingHeads::take(const chain::Root& block) {
    Root& root = *roots_.try_emplace(block).first;
    root.is_proven = true;
    return std::exchange(root.reports, {});
}

}  // namespace metrics
