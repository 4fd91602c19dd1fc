#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "metrics/collector.hpp"
#include "metrics/definitions.hpp"
#include "monitor/update.hpp"
#include "tests/metrics/page.hpp"
#include "tests/monitor/heads.hpp"

namespace tests {

using namespace std::chrono_literals;

/// A collector, and updates for it from a chain of 12 s slots whose slot 0 began at 0.
class MetricsBench {
  public:
    MetricsBench() {
        metrics::CollectorOptions options;
        options.servers = {"metrics"};
        options.services = {"monitor", "web/metrics"};
        options.monitor_service = "monitor";
        options.version = "1.2.3";
        options.started = base::WallTime{1000s};
        collector = std::make_unique<metrics::Collector>(options);
    }

    void tell(monitor::Fact fact) {
        collector->apply(monitor::Update{std::move(fact), base::Instant{{}, wall}});
    }
    void follow(const std::vector<std::string>& names) {
        monitor::RunStarted started;
        for (const std::string& name : names) {
            started.candidates.emplace_back(name);
        }
        tell(started);
    }
    /// A live head of `slot`, told for the first time by this node, `delay` into its slot.
    [[nodiscard]] static monitor::NodeHead head(const std::string& name, std::uint64_t slot,
                                                base::Duration delay = 1s) {
        monitor::NodeHead fact{monitor::CandidateId{name}, tests::head(slot, 1), true, true};
        fact.timing.delay = delay;
        fact.timing.deadline = monitor::AttestationDeadline{4s, false};
        return fact;
    }
    [[nodiscard]] static monitor::NodeStatus status(const std::string& name) {
        monitor::NodeStatus fact{monitor::CandidateId{name}};
        fact.state = monitor::StreamState::kOpen;
        fact.network = monitor::NetworkGuard::Standing::kPassed;
        return fact;
    }
    void lose(const std::string& name, base::EndReason reason) {
        tell(monitor::StreamEnded{monitor::CandidateId{name}, reason, "", 1});
    }
    void tell_behind(const std::string& name, bool is_behind) {
        tell(monitor::NodeBehind{monitor::CandidateId{name}, is_behind, {}, {}});
    }
    void judge(std::uint64_t slot, monitor::Verdict verdict) {
        monitor::SlotVerdict fact;
        fact.slot = base::Slot{slot};
        fact.verdict = verdict;
        tell(fact);
    }
    void learn_slot_time() {
        tell(monitor::SlotTime{beacon_api::SlotClock{base::WallTime{}, 12s}, "a test"});
    }
    void service_ends(const std::string& service, const std::string& end,
                      bool is_restarted = true) {
        monitor::ServiceEnded fact;
        fact.service = service;
        fact.end = end;
        if (is_restarted) {
            fact.restart_after = 1s;
        }
        tell(fact);
    }

    [[nodiscard]] Page page(const metrics::Readings& readings = {}) {
        return Page{collector->text(readings)};
    }
    [[nodiscard]] std::optional<double> find(const std::string& sample) {
        return page().find(sample);
    }

    std::unique_ptr<metrics::Collector> collector;
    /// When what is told next was read.
    base::WallTime wall{};
};

}  // namespace tests
