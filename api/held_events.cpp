#include "api/held_events.hpp"

#include <utility>

namespace api {

void HeldEvents::add(BeaconEvent event, std::uint64_t moves, base::MonoTime now,
                     base::Duration slot) {
    const auto wait = std::chrono::duration_cast<base::MonoTime::duration>(slot / kWaitsPerSlot);
    held_.push_back({std::move(event), moves, now + wait});
}

std::vector<BeaconEvent> HeldEvents::take(std::optional<std::uint64_t> followed,
                                          base::MonoTime now) {
    std::vector<BeaconEvent> out;
    while (!held_.empty()) {
        Held& first = held_.front();
        const bool waits =
            followed && *followed < first.moves && now < first.until && held_.size() <= kEventsMax;
        if (waits) {
            break;
        }
        out.push_back(std::move(first.event));
        held_.pop_front();
    }
    return out;
}

std::optional<base::MonoTime> HeldEvents::due() const {
    return held_.empty() ? std::nullopt : std::optional{held_.front().until};
}

}  // namespace api
