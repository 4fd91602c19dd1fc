#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "api/beacon_events.hpp"
#include "tests/monitor/heads.hpp"
#include "updates/update.hpp"

namespace tests {

/// The merged events of what a monitor publishes; each step at a moment of its own.
class MergedFixture {
  public:
    /// A live head by stream, and whether it becomes the best.
    std::vector<api::BeaconEvent> reports(const std::string& node, const chain::Head& head,
                                          bool becomes_best = false) {
        return reports(live(node, head), becomes_best);
    }
    std::vector<api::BeaconEvent> reports(const updates::NodeHead& report, bool becomes_best) {
        now_ += std::chrono::milliseconds{1};
        auto all = publishes(report);
        if (becomes_best) {
            const auto more = publishes(updates::BestHead{report.node, report.head});
            all.insert(all.end(), more.begin(), more.end());
        }
        return all;
    }
    [[nodiscard]] static updates::NodeHead live(const std::string& node, const chain::Head& head) {
        return updates::NodeHead{updates::NodeId{node}, head};
    }
    /// At the moment of the step before.
    std::vector<api::BeaconEvent> publishes(const updates::Fact& fact) {
        return events.apply(updates::Update{fact, base::Instant{base::MonoTime{now_}, {}}},
                            is_good);
    }
    void passes(base::Duration time) { now_ += time; }
    /// The root whose last byte that is; 0 before the first move.
    [[nodiscard]] int at() const {
        const auto& last = events.head().last();
        return last ? last->head.block.bytes.back() : 0;
    }

    api::BeaconEvents events;
    bool is_good = true;

  private:
    base::Duration now_ = std::chrono::hours{1};
};

/// "head head_v2".
inline std::string topics_of(const std::vector<api::BeaconEvent>& events) {
    std::string all;
    for (const api::BeaconEvent& event : events) {
        all.append(all.empty() ? "" : " ").append(event.topic);
    }
    return all;
}

}  // namespace tests
