#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "metrics/collector.hpp"
#include "metrics/definitions.hpp"
#include "tests/metrics/page.hpp"
#include "tests/monitor/heads.hpp"
#include "updates/update.hpp"

namespace tests {

using namespace std::chrono_literals;

/// A collector, and updates for it from a chain of 12 s slots whose slot 0 began at 0.
class MetricsFixture {
  public:
    MetricsFixture() {
        metrics::CollectorOptions options;
        options.servers = {"metrics"};
        options.services = {"monitor", "web/metrics"};
        options.monitor_service = "monitor";
        options.has_history = true;
        options.has_fleet = true;
        options.has_recording = true;
        options.version = "1.2.3";
        options.started = base::WallTime{1000s};
        collector = std::make_unique<metrics::Collector>(options);
        // All heads here are of one block, which counts.
        publish(updates::HeadProven{tests::root(1), {}, {}});
    }

    void publish(updates::Fact fact) {
        collector->apply(updates::Update{std::move(fact), base::Instant{{}, wall}});
    }
    void follow(const std::vector<std::string>& names) {
        updates::RunStarted started;
        for (const std::string& name : names) {
            started.nodes.emplace_back(name);
        }
        publish(started);
    }
    /// A live head of `slot`, told for the first time by this node, `delay` into its slot.
    [[nodiscard]] static updates::NodeHead head(const std::string& name, std::uint64_t slot,
                                                base::Duration delay = 1s) {
        updates::NodeHead fact{updates::NodeId{name}, tests::head(slot, 1), true, true};
        fact.timing.delay = delay;
        fact.timing.deadline = chain::AttestationDeadline{4s, false};
        return fact;
    }
    [[nodiscard]] static updates::NodeStatus status(const std::string& name) {
        updates::NodeStatus fact{updates::NodeId{name}};
        fact.state = updates::StreamState::kOpen;
        fact.network_check = updates::NetworkCheck::kMatch;
        return fact;
    }
    void lose(const std::string& name, updates::StreamEndReason reason) {
        publish(updates::StreamEnded{updates::NodeId{name}, reason, "", 1});
    }
    void publish_behind(const std::string& name, bool is_behind) {
        publish(updates::NodeBehind{updates::NodeId{name}, is_behind, {}, {}});
    }
    void judge(std::uint64_t slot, updates::Verdict verdict) {
        updates::SlotVerdict fact;
        fact.slot = chain::Slot{slot};
        fact.verdict = verdict;
        publish(fact);
    }
    void learn_slot_time() {
        publish(updates::SlotTime{chain::SlotClock{base::WallTime{}, 12s},
                                  updates::SlotTimeSource::kConfiguration, std::nullopt});
    }
    void service_ends(const std::string& service, updates::ServiceEndReason reason,
                      bool is_restarted = true) {
        updates::ServiceEnded fact;
        fact.service = service;
        fact.reason = reason;
        if (is_restarted) {
            fact.restart_after = 1s;
        }
        publish(fact);
    }

    [[nodiscard]] Page page(const metrics::Readings& readings = {}) {
        collector->read(readings);
        return Page{collector->text()};
    }
    [[nodiscard]] std::optional<double> find(const std::string& sample) {
        return page().find(sample);
    }

    std::unique_ptr<metrics::Collector> collector;
    /// When what is told next was read.
    base::WallTime wall{};
};

}  // namespace tests
