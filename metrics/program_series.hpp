// Private to the collector: pulls in prometheus-cpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "http/server_options.hpp"
#include "metrics/label_values.hpp"
#include "metrics/series.hpp"
#include "updates/chain_facts.hpp"
#include "updates/service_facts.hpp"

namespace metrics {

/// Brings a counter up to a total that is counted elsewhere.
inline void raise(prometheus::Counter& counter, std::uint64_t total) {
    counter.Increment(std::max(0.0, static_cast<double>(total) - counter.Value()));
}

/// One service of the tree.
struct ServiceSeries {
    ServiceSeries(Families& families, const std::string& name)
        : restarts{"reason",
                   {{"service", name}},
                   [&](const Labels& all) {
                       return all.at("reason") == to_string(updates::ServiceEndReason::kCancelled)
                                  ? Counter{}
                                  : families.counter(Metric::kServiceRestarts, all);
                   }},
          health{families.gauge(Metric::kServiceHealth, {{"service", name}})},
          down{families.gauge(Metric::kServiceDown, {{"service", name}})} {}

    /// None for what a parent ends: that is not started again.
    PerValue<Counter, kServiceEnds> restarts;
    Gauge health;
    Gauge down;
};

/// One HTTP server.
class ServerSeries {
  public:
    ServerSeries(Families& families, const std::string& name) {
        for (std::size_t i = 0; i < counters_.size(); ++i) {
            counters_[i] = families.counter(
                Metric::kLimitsMet, {{"server", name}, {"limit", std::string{kServerLimits[i]}}});
        }
    }
    void raise_to(const http::LimitsMet& met) {
        // In the order of kServerLimits.
        const std::array<std::uint64_t, kServerLimits.size()> counts{
            met.connections,  met.made_room,  met.header_bytes, met.body_bytes,  met.idle_time,
            met.request_time, met.write_time, met.streams,      met.lost_events, met.host,
            met.answer_bytes, met.token,      met.changes,      met.names};
        for (std::size_t i = 0; i < counts.size(); ++i) {
            raise(*counters_[i], counts[i]);
        }
    }

  private:
    std::array<Counter, kServerLimits.size()> counters_;
};

class ReorgSeries {
  public:
    explicit ReorgSeries(Families& families) {
        for (std::size_t i = 0; i < counters_.size(); ++i) {
            const auto certainty = kCertainties[i / kReorgSources.size() % kCertainties.size()];
            counters_[i] = families.counter(
                Metric::kReorgs,
                {{"depth", std::string{kReorgDepths[i / kPerDepth]}},
                 {"certainty", std::string{to_string(certainty)}},
                 {"source", std::string{kReorgSources[i % kReorgSources.size()]}}});
        }
    }
    void count(const updates::Reorg& reorg) {
        const auto depth =
            static_cast<std::size_t>(std::min<std::uint64_t>(reorg.depth, kReorgDepths.size() - 1));
        const auto certainty = static_cast<std::size_t>(reorg.certainty);
        const std::size_t source = reorg.reported_by ? 0 : 1;
        counters_[depth * kPerDepth + certainty * kReorgSources.size() + source]->Increment();
    }

  private:
    static constexpr std::size_t kPerDepth = kCertainties.size() * kReorgSources.size();
    std::array<Counter, kReorgDepths.size() * kPerDepth> counters_;
};

}  // namespace metrics
