#include "api/slot_history.hpp"

#include <utility>

namespace api {

SlotRecord* SlotHistory::find_or_add(chain::Slot slot) {
    const auto [place, is_new] = slots_.try_emplace(slot, SlotRecord{slot, {}, std::nullopt});
    if (is_new && slots_.size() > kSlotsMax) {
        const bool is_oldest = place == slots_.begin();
        slots_.erase(slots_.begin());
        return is_oldest ? nullptr : &place->second;
    }
    return &place->second;
}

bool SlotHistory::is_timed(const updates::NodeHead& report) {
    const updates::HeadTiming& timing = report.timing;
    return timing.timeliness == updates::HeadTimeliness::kLive && timing.delay &&
           !timing.is_repeat && !timing.is_payload;
}

void SlotHistory::apply(const updates::NodeHead& report) {
    const updates::HeadTiming& timing = report.timing;
    if (!is_timed(report)) {
        return;
    }
    SlotRecord* const record = find_or_add(report.head.slot);
    if (record != nullptr && record->reports.size() < kReportsMax) {
        const auto is_late = timing.deadline ? std::optional{timing.is_late()} : std::nullopt;
        record->reports.push_back(
            {report.node, report.head.block, *timing.delay, report.lag, report.is_first, is_late});
    }
}

void SlotHistory::apply(const updates::SlotVerdict& verdict,
                        std::optional<std::vector<updates::NodeId>> not_watched) {
    if (SlotRecord* const record = find_or_add(verdict.slot)) {
        record->verdict = verdict;
        record->not_watched = std::move(not_watched);
    }
}

updates::NodeMap<NodeSpeed> SlotHistory::speeds() const {
    struct Sum {
        NodeSpeed speed;
        base::Duration lags{};
        std::optional<chain::Slot> last;
    };
    updates::NodeMap<Sum> sums;
    for (const auto& [slot, record] : slots_) {
        for (const SlotReport& report : record.reports) {
            Sum& sum = sums[report.node];
            // In a reorg a node reports several blocks of one slot: the first counts.
            if (sum.last != slot) {
                sum.last = slot;
                ++sum.speed.slots;
                sum.speed.firsts += report.is_first ? 1 : 0;
                sum.lags += report.lag;
            }
        }
    }
    updates::NodeMap<NodeSpeed> speeds;
    for (auto& [node, sum] : sums) {
        sum.speed.mean_lag = sum.lags / static_cast<base::Duration::rep>(sum.speed.slots);
        speeds.insert_or_assign(node, sum.speed);
    }
    return speeds;
}

}  // namespace api
